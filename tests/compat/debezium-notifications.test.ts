import { createPostgresDatabase, type PostgresDatabase, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type DebeziumWorker, startDebezium } from '../debezium/debezium.ts';
import { startBoth } from './both-captures.ts';
import type { Capture } from './read-capture.ts';

interface Told {
  readonly id: string;
  readonly type: string;
  readonly aggregate_type: string;
  readonly additional_data: Readonly<Record<string, string>>;
}

let worker: DebeziumWorker;
let database: PostgresDatabase;
let read: { readonly ours: Capture; readonly theirs: Capture };

const TOPIC = 'PREFIX.notifications';
const SIGNALS = ['s1', 's2', 's3'] as const;
const toldBy = (capture: Capture): readonly Told[] =>
  (capture.get(TOPIC) ?? []).map(({ value }) => value?.datum as Told);
const requests = [
  ['public.n', 'public.empty'],
  ['public.nobody'],
  ['public.keyless', 'public.n'],
] as const;

beforeAll(async () => {
  database = await createPostgresDatabase('compat_notifications');
  worker = await startDebezium({
    kafkaBrokers: stackUnderTest().kafkaBrokers,
    onProgress: (detail) => process.stderr.write(`debezium: ${detail}\n`),
  });
  for (const statement of [
    'create table compat_tick (id serial primary key)',
    'create table n (id int primary key)',
    'insert into n select generate_series(1, 5)',
    'create table empty (id int primary key)',
    'create table keyless (v text)',
    'create table signals (id varchar(42) primary key, type varchar(32), data varchar(2048))',
  ])
    await database.query(statement);
  const both = await startBoth(worker, database, {
    name: 'notifications',
    ours: {
      MILLRACE_CDC_NOTIFICATION_TOPIC: TOPIC,
      MILLRACE_CDC_SIGNAL_TABLE: 'public.signals',
      MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '2',
    },
    theirs: {
      'message.prefix.exclude.list': String.raw`millrace\..*`,
      'notification.enabled.channels': 'sink',
      'notification.sink.topic.name': TOPIC,
      'signal.data.collection': 'public.signals',
      'incremental.snapshot.chunk.size': '2',
    },
  });
  for (const [i, tables] of requests.entries()) {
    await database.query('insert into signals values ($1, $2, $3)', [
      ...[SIGNALS[i], 'execute-snapshot', JSON.stringify({ 'data-collections': tables })],
    ]);
    await vi.waitFor(
      async () => {
        read = await both.read();
        for (const capture of [read.ours, read.theirs]) {
          const types = toldBy(capture).filter(({ id }) => id === SIGNALS[i]);
          expect(types.at(-1)?.type).toBe('COMPLETED');
        }
      },
      { timeout: 60_000, interval: 500 },
    );
  }
  await both.stop();
});

afterAll(async () => {
  await worker?.stop();
  await database?.drop();
});

/** Both: without the names of all tables, which Debezium tells once with and once without the signal table. */
const initial = (capture: Capture) =>
  toldBy(capture)
    .filter(({ aggregate_type: kind }) => kind === 'Initial Snapshot')
    .map(({ additional_data: { data_collections: _all, ...data }, type }) => ({ type, data }))
    .filter(({ data }) => !JSON.stringify(data).includes('compat_tick'));

const tables = (told: ReturnType<typeof initial>) =>
  told.slice(1, -1).map((one) => JSON.stringify(Object.entries(one.data).sort()));

test('an initial snapshot is told as Debezium tells it, tables in any order', () => {
  const [ours, theirs] = [initial(read.ours), initial(read.theirs)];
  expect(theirs.length).toBeGreaterThan(7);
  expect([ours[0], ours.at(-1)]).toEqual([theirs[0], theirs.at(-1)]);
  expect(tables(ours).sort()).toEqual(tables(theirs).sort());
});

test('a snapshot by a row of the signal table is told under its id as Debezium tells it, without the greatest key and the last chunk', () => {
  const incremental = (capture: Capture) =>
    toldBy(capture)
      .filter(({ aggregate_type: kind }) => kind === 'Incremental Snapshot')
      .filter(
        ({ additional_data: data }) =>
          data['last_processed_key'] === undefined ||
          data['last_processed_key'] !== data['maximum_key'],
      )
      .map(({ additional_data: { maximum_key: _greatest, ...data }, id, type }) => ({
        id,
        type,
        data,
      }));
  const theirs = incremental(read.theirs);
  expect(new Set(theirs.map(({ type }) => type))).toEqual(
    new Set(['STARTED', 'IN_PROGRESS', 'TABLE_SCAN_COMPLETED', 'COMPLETED']),
  );
  expect(incremental(read.ours)).toEqual(theirs);
});

test('the schemas of notifications are Debezium’s, and the rows of the snapshots are the same', () => {
  const schemas = (capture: Capture) =>
    capture.get(TOPIC)?.map(({ key, value }) => [key?.schema, value?.schema]);
  expect(schemas(read.ours)?.[0]).toEqual(schemas(read.theirs)?.[0]);
  const rows = (capture: Capture) =>
    capture.get('PREFIX.public.n')?.map(({ key, value }) => {
      const { after, op, source } = (value?.datum ?? {}) as Record<string, Record<string, unknown>>;
      return [key?.datum, after, op, source?.['snapshot']];
    });
  const streamed = (capture: Capture) =>
    rows(capture)?.filter(([, , , marker]) => marker === 'incremental');
  expect(streamed(read.ours)).toHaveLength(10);
  expect(streamed(read.ours)).toEqual(streamed(read.theirs));
});
