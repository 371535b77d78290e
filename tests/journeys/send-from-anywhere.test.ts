/** The howto's code blocks, run as they stand against a door: what a person copies has to work. Only the domain is the test's own. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  createFlightsWorld,
  type FlightsWorld,
  readCommitted,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));
const page = join(repository, 'docs/howto/send-events-from-anywhere.md');

let world: FlightsWorld;
let door: ServiceProcess;
let directory: string;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  door = await startService('ingest', { ...world.env, MILLRACE_INGEST_DRAIN: '10ms' });
  await door.ready();
  directory = await mkdtemp(join(tmpdir(), 'millrace-howto-'));
  await mkdir(join(directory, 'node_modules/@millrace'), { recursive: true });
  await symlink(
    join(repository, 'packages/client'),
    join(directory, 'node_modules/@millrace/client'),
  );
});
afterAll(async () => {
  await door?.stop();
  await world?.drop();
  await rm(directory, { recursive: true, force: true });
});

/** The blocks of a section, in the test's own domain. */
const blocks = async (section: string): Promise<readonly string[]> => {
  const text = (await readFile(page, 'utf8')).split(`\n## ${section}`)[1]!.split('\n## ')[0]!;
  const { domain } = world.contract;
  return [...text.matchAll(/^```(?:sh|python|js)\n([\s\S]*?)^```/gm)].map(([, code = '']) =>
    code
      .replaceAll('flights/departed', `${domain}/departed`)
      .replaceAll('flights.departed', `${domain}.departed`),
  );
};

/** Runs a block; what it prints, or an error with what it complained of. */
const run = (command: string, args: readonly string[]): string => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  const env = {
    ...process.env,
    MILLRACE_URL: door.url,
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_REGISTRY_URL: registryUrl,
  };
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: directory,
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
};

const ids = async (): Promise<readonly string[]> => {
  const records = await readCommitted(stackUnderTest().kafkaBrokers, world.contract.topic.name);
  return records.map(({ headers }) => String(headers['ce_id']));
};

test('curl sends an event, and a file of them', async () => {
  const [one = '', file = ''] = await blocks('curl');
  expect(JSON.parse(run('bash', ['-ec', one]))).toEqual({ accepted: 1 });
  expect(JSON.parse(run('bash', ['-ec', file]))).toEqual({ accepted: 2 });
  expect(await ids()).toEqual(expect.arrayContaining(['curl-1', 'curl-2', 'curl-3']));
  expect(JSON.parse(run('bash', ['-ec', file]))).toEqual({ accepted: 2, duplicates: 2 });
});

test('Python sends events with nothing but its standard library', async () => {
  const [script = ''] = await blocks('Python');
  expect(run('python3', ['-c', script])).toContain("'accepted': 3");
  expect(await ids()).toEqual(expect.arrayContaining(['python-0', 'python-1', 'python-2']));
});

test('JavaScript sends events by the client', async () => {
  const [script = ''] = await blocks('JavaScript');
  await writeFile(join(directory, 'send.mjs'), script);
  expect(run(process.execPath, ['send.mjs']).match(/accepted/g)?.length).toBe(3);
  expect(await ids()).toEqual(
    expect.arrayContaining(['javascript-1', 'javascript-2', 'javascript-3']),
  );
});

test('kcat writes to the topic itself what a consumer of the contract can read', async (context) => {
  if (spawnSync('kcat', ['-V']).error !== undefined) context.skip('no kcat on this machine');
  const [produce = '', consume = ''] = await blocks('kcat');
  run('bash', ['-ec', produce]);
  expect(run('bash', ['-ec', consume])).toContain('ce_id=kcat-1');
  const records = await readCommitted(stackUnderTest().kafkaBrokers, world.contract.topic.name);
  const written = records.find(({ headers }) => String(headers['ce_id']) === 'kcat-1');
  const expected = world.departure(0).value!.subarray(0, 5);
  expect(written?.value?.subarray(0, 5)).toEqual(expected);
});
