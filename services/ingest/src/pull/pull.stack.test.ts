/**
 * Files and objects onto Kafka exactly once: loaders are killed (SIGKILL) while their position is in the middle, and
 * started again, or overtaken by another; objects are replaced; the service follows what comes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { compileReader, FRAME_HEADER_BYTES } from '@millrace/avro';
import { ingestPositionsTopic, rejectedEventsId } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import {
  createEventProject,
  type EventProject,
  type ObjectStore,
  readCommitted,
  stackUnderTest,
  startHttpFaultProxy,
  startObjectStore,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PartState } from './pull-source.ts';

const { kafkaBrokers, clickhouseUrl } = stackUnderTest();
let project: EventProject;
let store: ObjectStore;
let directory: string;

beforeAll(async () => {
  [project, store, directory] = await Promise.all([
    createEventProject(stackUnderTest(), { orders: 'rejected: keep\n' }),
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
const startLoad = (request: object, env: object = {}): ChildProcess =>
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
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );

const ended = async (child: ChildProcess) => {
  const [out, err] = [text(child.stdout!), text(child.stderr!)];
  const [code] = (await once(child, 'close')) as [number];
  const summary = JSON.parse((await out) || '{}') as Record<string, unknown>;
  return { code, summary, told: await err };
};
const load = (request: object, env: object = {}) => ended(startLoad(request, env));

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

const testAdmin = () =>
  createAdmin({ brokers: kafkaBrokers.split(','), clientId: 'test', logger: silentLogger });

/** Resolves when the orders' topic has more committed records than now. */
const firstIsWritten = async (): Promise<void> => {
  const admin = testAdmin();
  // cheap to ask: its own records are there as soon as its first transaction is
  const topic = `events.${project.domain}.orders`;
  const written = async () =>
    (await admin.partitionOffsets(topic)).reduce((sum, { stable }) => sum + stable, 0);
  const before = await written();
  await expect.poll(written, { interval: 5 }).toBeGreaterThan(before);
  await admin.close();
};

/** Signals the loader when the part is partly loaded. */
const signalInTheMiddle = async (child: ChildProcess, signal: 'SIGKILL' | 'SIGSTOP') => {
  const exited = once(child, 'exit');
  await firstIsWritten();
  child.kill(signal);
  if (signal === 'SIGKILL') await exited;
};

/** Kills it there, which the test proves. */
const killInTheMiddle = async (child: ChildProcess, source: string, ending: string) => {
  await signalInTheMiddle(child, 'SIGKILL');
  const last = async () => (await statesOf(source, ending)).at(-1);
  // the orders are seen once their own partition shows them, and the state once its partition does
  await expect.poll(last).toMatchObject({ done: false });
  const state = await last();
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
  // the rejected row is kept, with its place and reason, as the door would take it
  const { contracts } = await loadProject(project.env['MILLRACE_PROJECT']!);
  const { topic, schemaText } = contracts.find(({ id }) => id === rejectedEventsId)!;
  const readRejected = compileReader(schemaText);
  const kept = (await readCommitted(kafkaBrokers, topic.name))
    .map(
      ({ value }) => readRejected(value!.subarray(FRAME_HEADER_BYTES)) as Record<string, unknown>,
    )
    .filter(({ stream }) => stream === request.to)
    .map((row) => ({ ...row, content: String(row['content']) }) as Record<string, unknown>);
  expect(kept).toEqual([
    expect.objectContaining({
      ...{ code: 'ingest.event-invalid', position: 2, media_type: 'application/json' },
      ...{ pull_source: source, part: join(folder, 'c.json'), is_cut: false, attempt: 0 },
      message: expect.stringContaining('/amount'),
      event_id: expect.stringMatching(/c\.json\/.*\/3$/),
      content: order('bad', 0, 'many'),
    }),
  ]);
  expect([kept[0]!['row_number'], kept[0]!['line_number']].map(Number)).toEqual([3, 3]);
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

test('a Parquet file is loaded once although the loader is killed in its middle', async () => {
  const rows = 100_000;
  const file = join(directory, 'orders.parquet');
  const { origin, username, password } = new URL(clickhouseUrl);
  const select = `select concat('pq-', toString(number)) as order_id, toInt32(number) as amount,
    toDateTime64('2026-11-22 10:00:00', 3, 'UTC') as placed_at, cast(null as Nullable(String)) as note
    from numbers(${rows}) format Parquet settings output_format_parquet_row_group_size = 40000`;
  const answer = await fetch(`${origin}/?user=${username}&password=${password}`, {
    ...{ method: 'POST', body: select },
  });
  expect(answer.status).toBe(200);
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  const request = { target: file, to: `${project.domain}.orders` };
  const source = `load-${project.domain}.orders`;
  const killed = await killInTheMiddle(startLoad(request), source, 'orders.parquet');
  expect(await load(request)).toMatchObject({
    code: 0,
    summary: { read: rows - killed.rows, rejected: 0, resumedAfter: killed.rows },
  });
  await expectOnce('pq', rows);
});

test('of two loaders of one source the earlier ends, says why, and has written nothing twice', async () => {
  const file = join(directory, 'two.csv');
  await writeFile(file, csvOf('two', many));
  const request = { target: file, to: `${project.domain}.orders` };
  const earlier = startLoad(request);
  const end = ended(earlier);
  await signalInTheMiddle(earlier, 'SIGSTOP');
  const later = await load(request);
  earlier.kill('SIGCONT');
  expect(later).toMatchObject({ code: 0, summary: { resumedAfter: expect.any(Number) } });
  expect(later.summary['resumedAfter']).toBeGreaterThan(0);
  expect(await end).toMatchObject({
    code: 1,
    told: expect.stringContaining('[ingest.source-taken]'),
  });
  await expectOnce('two', many);
});

test('a listing of several pages is read to its end, also when the storage fails now and then; a refusal ends the load', async () => {
  const names = Array.from({ length: 1000 }, (_, index) => `pages/${index}.none`);
  for (let from = 0; from < names.length; from += 50)
    await Promise.all(names.slice(from, from + 50).map((name) => store.put(name, '')));
  await store.put('pages/last.csv', csvOf('paged', 2));
  const request = { target: `s3://${store.bucket}/pages/*.csv`, to: `${project.domain}.orders` };
  const refused = await load(request, { AWS_SECRET_ACCESS_KEY: 'wrong' });
  expect(refused).toMatchObject({
    code: 1,
    told: expect.stringContaining('[ingest.place-refused]'),
  });
  expect(refused.told).toMatch(/: 403 /);

  const proxy = await startHttpFaultProxy({ target: store.endpoint });
  try {
    const isSecondPage = ({ url }: { url: URL }) => url.searchParams.has('continuation-token');
    const isObject = ({ url }: { url: URL }) => url.pathname.endsWith('.csv');
    const busy = { kind: 'answer', answer: { status: 503 } } as const;
    const failed = [proxy.rule(isSecondPage, busy), proxy.rule(isObject, busy)];
    const loaded = await load(request, { AWS_ENDPOINT_URL: proxy.url });
    expect(loaded).toMatchObject({ code: 0, summary: { read: 2, accepted: 2 } });
    expect(failed.map(({ taken }) => taken.length)).toEqual([1, 1]);
  } finally {
    await proxy.close();
  }
  await expectOnce('paged', 2);
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

test('a notification at another instance reaches the one that follows; when that is killed in the middle of a file, another goes on, and each row is there once', async () => {
  const name = `${project.domain}-shared`;
  const sources = join(project.env['MILLRACE_PROJECT']!, 'sources');
  await mkdir(sources, { recursive: true });
  await mkdir(join(directory, 'shared'));
  await writeFile(
    join(sources, `${name}.yaml`),
    `to: ${project.domain}.orders\nfrom: { files: ${directory}/shared/*.csv, settle: 100ms }\nevery: 1h\n`,
  );
  const env = { ...project.env, STORE_KEY: store.accessKeyId, MILLRACE_INGEST_DRAIN: '0ms' };
  const doors = await Promise.all([startService('ingest', env), startService('ingest', env)]);
  const admin = testAdmin();
  const isShared = async () => {
    const members = await admin.groupMembers('millrace.ingest.sources');
    return members.length === 2 && members.every(({ partitions }) => partitions.length > 0);
  };
  const state = `millrace_ingest_source_follow_state{source="${name}"}`;
  const followers = async () => {
    const states = await Promise.all(doors.map((door) => door.metric(state)));
    return doors.filter((_, index) => states[index] === 1);
  };
  try {
    await Promise.all(doors.map((door) => door.ready()));
    await expect.poll(isShared, { interval: 100 }).toBe(true);
    await expect.poll(followers, { interval: 100 }).toHaveLength(1);
    const [follower] = await followers();
    const other = doors.find((door) => door !== follower)!;

    const checked = () =>
      follower!.metric(`millrace_ingest_source_checked_timestamp_seconds{source="${name}"}`);
    await expect.poll(checked, { interval: 100 }).toBeGreaterThan(0);
    const before = await checked();
    // Its place has nothing new and is listed in an hour: it looks because the other door was told to.
    const told = await fetch(`${other.url}/v1/sources/${name}/notify`, { method: 'POST' });
    expect(told.status).toBe(202);
    await expect.poll(checked, { interval: 100 }).toBeGreaterThan(before!);

    const begun = firstIsWritten();
    await writeFile(join(directory, 'shared', 'over.csv'), csvOf('over', many));
    await begun;
    follower!.kill('SIGKILL');
    await follower!.exited;
    const last = async () => (await statesOf(name, 'over.csv')).at(-1);
    await expect.poll(last).toMatchObject({ done: false });
    await expect.poll(async () => (await last())?.done, { interval: 200 }).toBe(true);
    expect(await other.metric(state)).toBe(1);
    await expectOnce('over', many);
  } finally {
    await admin.close();
    await Promise.all(doors.map((door) => door.stop()));
  }
});
