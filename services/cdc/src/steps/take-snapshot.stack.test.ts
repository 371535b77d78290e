import { stackUnderTest, startKafkaFaultProxy } from '@millrace/testkit';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const chunked = {
  MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '16384',
  MILLRACE_CDC_SNAPSHOT_STREAMS: '3',
  MILLRACE_CDC_BATCH_BYTES_MAX: '20000',
};

test('several streams read every row of every kind of table once, and mark the first and the last', async () => {
  cdc = await createCdcUnderTest('cdc_chunks');
  await cdc.database.query(`
    create table composite (a int, b text, v text, primary key (b, a));
    create table keyless (a int, v text);
    create table empty (id int primary key);
    create table parts (id int primary key, v text) partition by range (id);
    create table parts_low partition of parts for values from (0) to (1500);
    create table parts_high (v text, id int primary key); alter table parts attach partition parts_high for values from (1500) to (9000)`);
  for (const [table, columns] of [
    ['composite', "g, 'k' || g % 7, repeat('x', 50)"],
    ['keyless', "g % 10, repeat('y', 50)"],
    ['parts', "g, repeat('z', 50)"],
  ]) {
    await cdc.database.query(
      `insert into ${table} select ${columns} from generate_series(1, 3000) g`,
    );
  }
  await (await cdc.start(chunked)).ready();
  const composite = await cdc.changes('composite');
  expect(composite).toHaveLength(3000);
  expect(new Set(composite.map(({ key }) => `${key?.['b']} ${key?.['a']}`)).size).toBe(3000);
  expect(await cdc.changes('keyless')).toHaveLength(3000);
  const parts = await cdc.changes('parts');
  expect(new Set(parts.map(({ key }) => key?.['id'])).size).toBe(3000);
  expect(parts.every(({ value }) => value?.after?.['v'] === 'z'.repeat(50))).toBe(true);
  const all = [...composite, ...(await cdc.changes('keyless')), ...parts];
  const count = (marker: string): number =>
    all.filter(({ value }) => value?.source['snapshot'] === marker).length;
  expect([count('first'), count('last'), count('last_in_data_collection')]).toEqual([1, 1, 2]);
  expect(parts.at(-1)?.value?.source['snapshot']).toBe('last');
  await cdc.database.query('insert into parts values (8000)');
  await cdc.caughtUp();
  expect((await cdc.changes('parts')).at(-1)?.value?.op).toBe('c');
});

test('a row inserted while its table is read arrives once', async () => {
  cdc = await createCdcUnderTest('cdc_beside');
  await cdc.database.query('create table t (id int primary key, v text)');
  await cdc.database.query(
    "insert into t select g, repeat('x', 100) from generate_series(1, 20000) g",
  );
  const service = await cdc.start(chunked);
  let id = 20_000;
  while ((await service.metric('millrace_cdc_snapshot_done_tables').catch(() => 0)) !== 1) {
    await cdc.database.query('insert into t values ($1)', [++id]);
  }
  await cdc.caughtUp();
  const ids = (await cdc.changes('t')).map(({ key }) => Number(key?.['id']));
  expect(ids.length).toBe(id);
  expect(new Set(ids).size).toBe(id);
});

test('Kafka shows the last round late: what it has written is not read once more beside the stream', async () => {
  cdc = await createCdcUnderTest('cdc_late');
  const kafka = await startKafkaFaultProxy(stackUnderTest().kafkaBrokers);
  onTestFinished(() => kafka.close());
  // an empty table is a round of its own, which leaves the other one unfinished
  await cdc.database.query(`
    create table empty (id int primary key);
    create table t (id int primary key, v text); insert into t select g from generate_series(1, 10) g`);
  kafka.lateMarkers(1000);
  const service = await cdc.start({ MILLRACE_KAFKA_BROKERS: kafka.brokers.join(',') });
  await service.ready();
  await cdc.database.query('insert into t values (11)');
  await cdc.caughtUp();
  const rows = (await cdc.changes('t')).map(({ key, value }) => [value?.op, key?.['id']]);
  expect(rows).toEqual([...Array.from({ length: 10 }, (_, i) => ['r', i + 1]), ['c', 11]]);
  expect(service.lines.filter((line) => line.includes('table snapshot complete'))).toEqual([]);
});
