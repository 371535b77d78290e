/** A stream that is not open, at its door: what was set aside is on Kafka with its bytes, what cannot be goes back to its sender. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileReader, createRegistryClient, FRAME_HEADER_BYTES } from '@millrace/avro';
import {
  type GateState,
  rejectedEventsId,
  valueSubject,
  withPlatformContracts,
} from '@millrace/contracts';
import { openGateWriter } from '@millrace/gate';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import {
  createEventProject,
  type EventProject,
  readCommitted,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

const entry = fileURLToPath(new URL('load.ts', import.meta.url));

let fixture: EventProject;
let door: ServiceProcess;
let setGate: (stream: string, state: GateState) => Promise<void>;
let close: () => Promise<void>;

beforeAll(async () => {
  const stack = stackUnderTest();
  fixture = await createEventProject(stack, { orders: 'rejected: keep\n' });
  const connection = {
    brokers: stack.kafkaBrokers.split(','),
    clientId: 'gate-test',
    logger: silentLogger,
  };
  const admin = createAdmin(connection);
  const writer = openGateWriter(connection, admin);
  setGate = (stream, state) =>
    writer.put(`${fixture.domain}.${stream}`, { state, reason: 'a test', by: 'test', atMs: 1000 });
  close = async () => {
    await writer.close();
    await admin.close();
  };
  const { topic, schemaText } = await rejectedContract();
  await admin.createTopics([{ ...topic, config: {} }]);
  await createRegistryClient({ url: stack.registryUrl }).register(
    valueSubject(topic.name),
    schemaText,
  );
  // The reserve of ten seconds has room for one of the events below and no second.
  door = await startService('ingest', { ...fixture.env, MILLRACE_INGEST_QUARANTINE_RATE: '60' });
  await door.ready();
});
afterAll(async () => {
  await door?.stop();
  await close?.();
  await fixture?.remove();
});

const rejectedContract = async () => {
  const { contracts } = await loadProject(fixture.env['MILLRACE_PROJECT']!);
  return withPlatformContracts(contracts).find(({ id }) => id === rejectedEventsId)!;
};

const order = (id: string) => ({ order_id: id, amount: 7, placed_at: '2026-11-22T10:00:00Z' });
const post = async (...ids: readonly string[]) => {
  const response = await fetch(door.url + fixture.orders, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ids.length === 1 ? order(ids[0]!) : ids.map(order)),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as { readonly code?: string },
  };
};
const codeOf = async (id: string) => (await post(id)).body.code;

/** Events of this project that were set aside, by their order's id. */
const kept = async (): Promise<readonly string[]> => {
  const { topic, schemaText } = await rejectedContract();
  const read = compileReader(schemaText);
  const found: string[] = [];
  // all projects set aside there, also loaders with an open transaction
  for (const { value } of await readCommitted(stackUnderTest().kafkaBrokers, topic.name)) {
    const row = read(value!.subarray(FRAME_HEADER_BYTES)) as Record<string, unknown>;
    if (row['stream'] === `${fixture.domain}.orders` && row['code'] === 'ingest.stream-quarantined')
      found.push(JSON.parse(String(row['content'])).order_id);
  }
  return found;
};

test('events of a stream in quarantine are kept with their bytes and none is on its topic; what has no room goes back', async () => {
  expect((await post('before')).status).toBe(202);
  await setGate('orders', 'quarantine');
  const answers: { readonly id: string; readonly code?: string; readonly status: number }[] = [];
  const send = async () => {
    const id = `try-${answers.length}`;
    const { status, body } = await post(id);
    answers.push({ id, status, ...(body.code !== undefined && { code: body.code }) });
    return body.code;
  };
  await expect.poll(send).toBe('ingest.stream-quarantined');
  // The share of the stream is used up: what comes now is refused as that of a stopped stream.
  await expect.poll(send).toBe('ingest.stream-stopped');
  const withCode = (code: string | undefined) => answers.filter((one) => one.code === code);
  const aside = withCode('ingest.stream-quarantined');
  expect(new Set(aside.map(({ status }) => status))).toEqual(new Set([422]));
  expect(withCode('ingest.stream-stopped').map(({ status }) => status)).toEqual([503]);
  expect([...(await kept())].sort()).toEqual(aside.map(({ id }) => id).sort());
  const taken = ['before', ...withCode(undefined).map(({ id }) => id)];
  expect([...(await fixture.ids('orders'))].sort()).toEqual(taken.sort());
});

test('a stopped stream takes nothing and says when to come back; opened, it takes what is sent again', async () => {
  await setGate('orders', 'stopped');
  await expect.poll(() => codeOf('whether')).toBe('ingest.stream-stopped');
  const batch = await post('late', 'later');
  expect([batch.status, batch.headers.get('retry-after')]).toEqual([503, '2']);
  expect(batch.body).toMatchObject({
    code: 'ingest.stream-stopped',
    detail: expect.stringContaining('a test'),
  });
  expect(await fixture.ids('orders')).not.toContain('late');
  await setGate('orders', 'open');
  await expect.poll(async () => (await post('late', 'later')).status).toBe(202);
  expect(await fixture.ids('orders')).toEqual(expect.arrayContaining(['late', 'later']));
});

test('rows that are pulled wait where they are, while their stream is shut, and come when it is opened', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-gate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'rows.ndjson');
  await writeFile(file, `${JSON.stringify(order('pulled'))}\n`);
  await setGate('orders', 'quarantine');
  const request = {
    dryRun: false,
    strict: false,
    json: false,
    keepGoing: false,
    target: file,
    to: `${fixture.domain}.orders`,
  };
  const load = spawn(process.execPath, [entry, JSON.stringify(request)], {
    env: { ...process.env, ...fixture.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void load.kill('SIGKILL'));
  const exited = once(load, 'exit');
  let told = '';
  load.stderr.on('data', (chunk) => {
    told += String(chunk);
  });
  await expect.poll(() => told).toContain('orders is in quarantine since');
  expect(await fixture.ids('orders')).not.toContain('pulled');
  await setGate('orders', 'open');
  expect(await exited).toEqual([0, null]);
  expect(await fixture.ids('orders')).toContain('pulled');
});

test('the other streams of the door do not notice', async () => {
  await setGate('orders', 'stopped');
  await expect.poll(() => codeOf('x')).toBe('ingest.stream-stopped');
  const response = await fetch(door.url + fixture.readings, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sensor: 'a', value: 1 }),
  });
  expect(response.status).toBe(202);
});
