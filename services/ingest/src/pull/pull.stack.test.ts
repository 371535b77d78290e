/**
 * Files and objects onto Kafka exactly once: loaders are killed (SIGKILL) while their position is in the middle, and
 * started again; objects are replaced; the service follows what comes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ingestPositionsTopic } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createEventProject,
  type EventProject,
  type ObjectStore,
  readCommitted,
  stackUnderTest,
  startObjectStore,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PartState } from './pull-source.ts';

const { kafkaBrokers } = stackUnderTest();
let project: EventProject;
let store: ObjectStore;
let directory: string;

beforeAll(async () => {
  [project, store, directory] = await Promise.all([
    createEventProject(stackUnderTest()),
    startObjectStore(),
    mkdtemp(join(tmpdir(), 'millrace-load-')),
  ]);
});
afterAll(async () => {
  await project?.remove();
  await store?.stop();
  await rm(directory, { recursive: true, force: true });
});

const entry = fileURLToPath(new URL('../load.ts', import.meta.url));

/** `millrace load` as the process that the command becomes. */
const startLoad = (request: object): ChildProcess =>
  spawn(
    process.execPath,
    [entry, JSON.stringify({ dryRun: false, strict: false, json: true, ...request })],
    {
      env: {
        ...process.env,
        ...project.env,
        AWS_ENDPOINT_URL: store.endpoint,
        AWS_ACCESS_KEY_ID: store.accessKeyId,
        AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );

const load = async (request: object) => {
  const child = startLoad(request);
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, summary: JSON.parse(text || '{}') as Record<string, unknown> };
};

/** The states of parts that end so, as last committed. */
const statesOf = async (source: string, ending: string): Promise<readonly PartState[]> => {
  const records = await Promise.all(
    Array.from({ length: 8 }, (_, partition) =>
      readCommitted(kafkaBrokers, ingestPositionsTopic, { partition, patienceMs: 0 }),
    ),
  );
  return records
    .flat()
    .filter(({ key }) => String(key).startsWith(`${source}\n`) && String(key).endsWith(ending))
    .map(({ value }) => JSON.parse(String(value)) as PartState);
};

/** Kills the loader when the part is partly loaded, which the test proves. */
const killInTheMiddle = async (child: ChildProcess, source: string, ending: string) => {
  const admin = createAdmin({
    brokers: kafkaBrokers.split(','),
    clientId: 'test',
    logger: silentLogger,
  });
  // cheap to ask: its own records are there as soon as its first transaction is
  const topic = `events.${project.domain}.orders`;
  const written = async () =>
    (await admin.partitionOffsets(topic)).reduce((sum, { stable }) => sum + stable, 0);
  const before = await written();
  const exited = once(child, 'exit');
  await expect.poll(written, { interval: 5 }).toBeGreaterThan(before);
  child.kill('SIGKILL');
  await exited;
  await admin.close();
  const state = (await statesOf(source, ending)).at(-1);
  expect(state).toMatchObject({ done: false });
  expect(state!.rows).toBeGreaterThan(0);
  return state!;
};

const orderId = (prefix: string, index: number): string => `${prefix}-${index}`;
const csvOf = (prefix: string, rows: number): string => {
  const lines = Array.from(
    { length: rows },
    (_, index) => `${orderId(prefix, index)},${index},2026-11-22T10:00:00Z,"note, ${index}"\n`,
  );
  return `order_id,amount,placed_at,note\n${lines.join('')}`;
};
const idsOf = async (prefix: string): Promise<readonly string[]> =>
  (await project.ids('orders')).filter((id) => id.startsWith(`${prefix}-`));
const expectOnce = async (prefix: string, rows: number): Promise<void> => {
  const ids = await idsOf(prefix);
  expect(ids).toHaveLength(rows);
  expect(new Set(ids)).toEqual(new Set(Array.from({ length: rows }, (_, i) => orderId(prefix, i))));
};

const many = 60_000;

test('a folder of three formats is loaded once although the loader is killed in the middle of a file', async () => {
  const folder = join(directory, 'folder');
  await mkdir(folder);
  await writeFile(join(folder, 'a.csv'), csvOf('csv', many));
  const order = (prefix: string, index: number, amount: unknown = index) =>
    JSON.stringify({ order_id: orderId(prefix, index), amount, placed_at: index });
  const lines = Array.from({ length: 500 }, (_, index) => order('nd', index)).join('\n');
  await writeFile(join(folder, 'b.ndjson.gz'), gzipSync(lines));
  await writeFile(
    join(folder, 'c.json'),
    `[${order('json', 0)},\n${order('json', 1)},\n${order('bad', 0, 'many')}]`,
  );
  const request = { target: folder, to: `${project.domain}.orders` };
  const source = `load-${project.domain}.orders`;

  const killed = await killInTheMiddle(startLoad(request), source, 'a.csv');
  const resumed = await load(request);
  expect(resumed).toMatchObject({
    code: 0,
    summary: { read: many - killed.rows + 503, rejected: 1, resumedAfter: killed.rows },
  });
  await expectOnce('csv', many);
  await expectOnce('nd', 500);
  await expectOnce('json', 2);
  // the rejected row is kept, with its place and reason
  const dead = await readCommitted(kafkaBrokers, 'dead.ingest');
  const kept = dead
    .map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>)
    .filter(({ topic }) => topic === `events.${project.domain}.orders`);
  expect(kept).toEqual([
    expect.objectContaining({
      ...{ code: 'ingest.event-invalid', row: 3, line: 3 },
      part: expect.stringMatching(/c\.json$/),
      content: order('bad', 0, 'many'),
    }),
  ]);
  expect(await load(request)).toMatchObject({ code: 0, summary: { read: 0, parts: 0 } });
});

test('objects are loaded once although the loader is killed in the middle, and a replaced one as the version that it is', async () => {
  await store.put('in/large.csv', csvOf('s3', many));
  await store.put('in/small part+1.csv', csvOf('small', 3));
  await store.put('out/other.csv', csvOf('other', 3));
  const request = { target: `s3://${store.bucket}/in/*.csv`, to: `${project.domain}.orders` };
  const source = `load-${project.domain}.orders`;
  const killed = await killInTheMiddle(startLoad(request), source, 'in/large.csv');
  expect(await load(request)).toMatchObject({
    code: 0,
    summary: { read: many - killed.rows + 3, resumedAfter: killed.rows },
  });
  await expectOnce('s3', many);
  await expectOnce('small', 3);
  expect(await idsOf('other')).toEqual([]);

  await store.put('in/small part+1.csv', csvOf('again', 2));
  expect(await load(request)).toMatchObject({ code: 0, summary: { read: 2, parts: 1 } });
  expect(await load(request)).toMatchObject({ code: 0, summary: { read: 0 } });
  await expectOnce('again', 2);
});

test('the service follows sources of the project: what is there, what comes, what is told of', async () => {
  const sources = join(project.env['MILLRACE_PROJECT']!, 'sources');
  await mkdir(join(directory, 'watched'));
  await mkdir(sources);
  const to = `to: ${project.domain}.orders\n`;
  const [files, objects] = [`${project.domain}-files`, `${project.domain}-objects`];
  await writeFile(
    join(sources, `${files}.yaml`),
    `${to}from: { files: ${directory}/watched/*.csv, settle: 100ms }\nevery: 1h\n`,
  );
  await writeFile(
    join(sources, `${objects}.yaml`),
    `${to}from:\n  s3: s3://${store.bucket}/told/\n  endpoint: ${store.endpoint}\n  accessKeyId: \${env:STORE_KEY}\n  secretAccessKey: ${store.secretAccessKey}\nevery: 1h\n`,
  );
  await writeFile(join(directory, 'watched', 'first.csv'), csvOf('first', 3));
  const door = await startService('ingest', {
    ...project.env,
    STORE_KEY: store.accessKeyId,
    MILLRACE_INGEST_DRAIN: '0ms',
  });
  try {
    await door.ready();
    await expect.poll(() => idsOf('first'), { interval: 200 }).toHaveLength(3);
    await writeFile(join(directory, 'watched', 'second.csv'), csvOf('second', 2));
    await expect.poll(() => idsOf('second'), { interval: 200 }).toHaveLength(2);

    const looked = `millrace_ingest_source_checked_timestamp_seconds{source="${objects}"}`;
    await expect.poll(() => door.metric(looked), { interval: 100 }).toBeGreaterThan(0);
    await store.put('told/third.csv', csvOf('third', 2));
    const notify = (name: string) =>
      fetch(`${door.url}/v1/sources/${name}/notify`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ Records: [{ eventName: 's3:ObjectCreated:Put' }] }),
      });
    expect(await (await notify(objects)).json()).toEqual({ source: objects });
    await expect.poll(() => idsOf('third'), { interval: 200 }).toHaveLength(2);
    expect((await notify('nothing')).status).toBe(404);
    const read = await door.metric(`millrace_ingest_source_read_rows_total{source="${files}"}`);
    expect(read).toBe(5);
  } finally {
    expect(await door.stop()).toMatchObject({ code: 0 });
  }
});
