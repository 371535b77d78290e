import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const ids = async (table = 't') =>
  (await cdc.changes(table)).map(({ value }) => Number(value?.after?.['id']));
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'case 15: a transaction that is open across a restart by %s arrives whole, though later ones were delivered',
  async (signal) => {
    cdc = await createCdcUnderTest('cdc_interleaved');
    await cdc.database.query('create table t (id int primary key)');
    const first = await cdc.start();
    await first.ready();
    const long = await cdc.database.connect();
    await long.query('begin; insert into t select generate_series(1, 5)');
    await cdc.database.query('insert into t values (100)');
    await expect.poll(() => ids()).toEqual([100]);
    await long.query('insert into t select generate_series(6, 10)');
    first.kill(signal);
    await first.exited;
    await long.query('commit');
    await (await cdc.start()).ready();
    await cdc.caughtUp();
    expect(await ids()).toEqual([100, ...range(1, 10)]);
  },
);

test('case 17: a transaction of 50 rows that is cut after every few of them by kills arrives whole', async () => {
  cdc = await createCdcUnderTest('cdc_cut');
  await cdc.database.query('create table t (id int primary key)');
  await (await cdc.start()).ready();
  await cdc.stopAll();
  await cdc.database.query('insert into t select generate_series(1, 50)');
  // each start writes some of it, in Kafka transactions of six
  for (let written = 0; written < 30; ) {
    const service = await cdc.start({ MILLRACE_CDC_BATCH_RECORDS_MAX: '6' });
    const before = written;
    await expect.poll(async () => (await ids()).length, { interval: 1 }).toBeGreaterThan(before);
    service.kill('SIGKILL');
    await service.exited;
    written = (await ids()).length;
  }
  await cdc.start();
  await cdc.caughtUp();
  expect(await ids()).toEqual(range(1, 50));
});

test('case 19: 1,000 rows arrive whole in one transaction and in 1,000 of them, which share Kafka transactions', async () => {
  cdc = await createCdcUnderTest('cdc_sizes');
  await cdc.database.query('create table one (id int primary key)');
  await cdc.database.query('create table many (id int primary key)');
  await (await cdc.start()).ready();
  await cdc.stopAll();
  await cdc.database.query('insert into one select generate_series(1, 1000)');
  await cdc.database.query(
    'do $$ begin for i in 1..1000 loop insert into many values (i); commit; end loop; end $$',
  );
  const service = await cdc.start();
  await cdc.caughtUp();
  expect([await ids('one'), await ids('many')]).toEqual([range(1, 1000), range(1, 1000)]);
  const transactions = new Set(
    (await cdc.changes('many')).map(({ value }) => value?.source['txId']),
  );
  expect(transactions.size).toBe(1000);
  expect(await service.metric('millrace_cdc_kafka_transactions_total')).toBeLessThan(300);
});
