import { changeTopic } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { stackUnderTest } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const told = async (table: string) =>
  (await cdc.changes(table)).map(({ headers, key, value }) => [
    key?.['id'] ?? key,
    value?.op,
    ...Object.keys(headers),
  ]);

test('case 27, 28: without tombstones a changed key is two records and a delete is one', async () => {
  cdc = await createCdcUnderTest('cdc_tombless');
  await cdc.database.query('create table t (id int primary key, v text)');
  await (await cdc.start({ MILLRACE_CDC_TOMBSTONES: 'false' })).ready();
  await cdc.database.query(`insert into t values (1, 'a')`);
  await cdc.database.query('update t set id = 2');
  await cdc.database.query('delete from t');
  await cdc.caughtUp();
  expect(await told('t')).toEqual([
    [1, 'c'],
    [1, 'd', '__debezium.newkey'],
    [2, 'c', '__debezium.oldkey'],
    [2, 'd'],
  ]);
});

test('case 31: a TRUNCATE of two tables is one record each, without a key, of the same place and transaction', async () => {
  cdc = await createCdcUnderTest('cdc_truncate');
  await cdc.database.query('create table a (id int primary key); create table b (id int)');
  await cdc.database.query('create table c (id int primary key references a)');
  const service = await cdc.start({ MILLRACE_CDC_TRUNCATE: 'emit' });
  await service.ready();
  await cdc.database.query('insert into a values (1); insert into b values (1)');
  await cdc.database.query('truncate a, b cascade');
  await cdc.database.query('insert into a values (2); insert into b values (2)');
  await cdc.caughtUp();
  expect(await told('a')).toEqual([
    [1, 'c'],
    [null, 't'],
    [2, 'c'],
  ]);
  expect(await told('b')).toEqual([
    [null, 'c'],
    [null, 't'],
    [null, 'c'],
  ]);
  const truncates = (await Promise.all(['a', 'b', 'c'].map((table) => cdc.changes(table)))).flatMap(
    (changes) => changes.filter(({ value }) => value?.op === 't'),
  );
  expect(truncates).toHaveLength(3);
  const { lsn, txId } = truncates[0]?.value?.source ?? {};
  for (const { value } of truncates) {
    expect(value).toMatchObject({ before: null, after: null, source: { lsn, txId } });
  }
  expect(await service.metric('millrace_cdc_skipped_truncate_tables_total')).toBe(0);
});

test('a TRUNCATE is left out with a warning where the topic is compacted, and what comes after it arrives', async () => {
  cdc = await createCdcUnderTest('cdc_truncate_compacted');
  await cdc.database.query('create table kept (id int primary key); create table told (id int)');
  const admin = createAdmin({
    ...{ brokers: stackUnderTest().kafkaBrokers.split(','), clientId: 'test' },
    logger: silentLogger,
  });
  const config = { 'cleanup.policy': 'compact' };
  const topic = { name: changeTopic(cdc.source, 'public', 'kept'), partitions: 1, config };
  await admin.createTopics([{ ...topic, replicationFactor: 1 }]);
  await admin.close();
  const service = await cdc.start({ MILLRACE_CDC_TRUNCATE: 'emit' });
  await service.ready();
  await cdc.database.query('insert into kept values (1); insert into told values (1)');
  await cdc.database.query('truncate kept, told');
  await cdc.database.query('insert into kept values (2); insert into told values (2)');
  await cdc.caughtUp();
  expect((await cdc.changes('kept')).map(({ value }) => value?.op)).toEqual(['c', 'c']);
  expect((await cdc.changes('told')).map(({ value }) => value?.op)).toEqual(['c', 't', 'c']);
  expect(await service.metric('millrace_cdc_skipped_truncate_tables_total')).toBe(1);
});

test('case 40: operations that are not published any more stop arriving at the next start', async () => {
  cdc = await createCdcUnderTest('cdc_operations');
  await cdc.database.query('create table t (id int primary key, v text)');
  await (await cdc.start()).ready();
  await cdc.database.query(`insert into t values (1, 'a'); update t set v = 'b'`);
  await cdc.caughtUp();
  await cdc.stopAll();
  await (await cdc.start({ MILLRACE_CDC_OPERATIONS: 'insert,delete' })).ready();
  await cdc.database.query(`insert into t values (2, 'a'); update t set v = 'c'`);
  await cdc.database.query('delete from t where id = 1');
  await cdc.caughtUp();
  expect(await told('t')).toEqual([
    [1, 'c'],
    [1, 'u'],
    [2, 'c'],
    [1, 'd'],
    [1, undefined],
  ]);
});
