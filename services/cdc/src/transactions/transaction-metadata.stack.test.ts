import { readChangeLog, stackUnderTest } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 5 } as const;
const env = {
  MILLRACE_CDC_TRANSACTION_METADATA: 'true',
  MILLRACE_CDC_BATCH_RECORDS_MAX: '3',
};
const transactions = async () => {
  const topic = `changes.${cdc.source}.transaction`;
  const records = await readChangeLog(stackUnderTest(), topic);
  return records.map(({ value }) => value as unknown as Record<string, unknown>);
};

test('BEGIN and END tell what a transaction held, once and with the same counts when it is cut by kills', async () => {
  cdc = await createCdcUnderTest('cdc_txmeta');
  await cdc.database.query(
    'create table a (id int primary key); create table b (id int primary key)',
  );
  const first = await cdc.start(env);
  await first.ready();
  await cdc.database.query(
    'begin; insert into a values (1); insert into b values (1), (2); commit',
  );
  await cdc.database.query('create table seen_by_nobody (id int)');
  await cdc.caughtUp();
  const [begin, end] = await transactions();
  const id = begin?.['id'];
  expect([begin?.['status'], begin?.['event_count'], id]).toEqual([
    'BEGIN',
    null,
    expect.stringMatching(/^\d+:\d+$/),
  ]);
  expect(end).toMatchObject({
    ...{ status: 'END', id },
    event_count: 3,
    data_collections: [
      { data_collection: 'public.a', event_count: 1 },
      { data_collection: 'public.b', event_count: 2 },
    ],
  });
  expect(
    (await cdc.changes('b')).map(({ value }) => Reflect.get(value ?? {}, 'transaction')),
  ).toEqual([
    { id, total_order: 2, data_collection_order: 1 },
    { id, total_order: 3, data_collection_order: 2 },
  ]);

  await cdc.database.query('insert into a select generate_series(2, 600)');
  await expect
    .poll(async () => (await first.metric('millrace_cdc_written_records_total')) ?? 0, PATIENCE)
    .toBeGreaterThan(100);
  first.kill('SIGKILL');
  await first.exited;
  await (await cdc.start(env)).ready();
  await cdc.caughtUp();
  const large = (await transactions()).slice(2);
  expect(large.map(({ event_count, status }) => [status, event_count])).toEqual([
    ['BEGIN', null],
    ['END', 599],
  ]);
  const orders = (await cdc.changes('a'))
    .slice(1)
    .map(({ value }) => Reflect.get(value ?? {}, 'transaction'));
  expect(orders.map((order) => order.total_order)).toEqual(
    Array.from({ length: 599 }, (_, i) => i + 1),
  );
});
