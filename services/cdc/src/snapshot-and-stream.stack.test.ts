import {
  auditVersions,
  startVersionedWriter,
  versionedRows,
  versionedTableDdl,
} from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

test('a snapshot under load and the stream behind it hold every change once', async () => {
  cdc = await createCdcUnderTest('cdc_load');
  await cdc.database.query(versionedTableDdl('accounts'));
  const writer = startVersionedWriter(cdc.database.connect, 'accounts');
  await expect.poll(() => writer.commits).toBeGreaterThan(20);

  const service = await cdc.start();
  await service.ready();
  const atReady = writer.commits;
  await expect.poll(() => writer.commits).toBeGreaterThan(atReady + 200);
  await writer.stop();
  await cdc.caughtUp();

  const changes = await cdc.changes('accounts');
  const audit = auditVersions(changes);
  expect(audit.problems).toEqual([]);
  expect(audit.rows).toEqual(await versionedRows(await cdc.database.connect(), 'accounts'));
  const markers = changes
    .map(({ value }) => value?.source['snapshot'])
    .filter((m) => m !== 'false');
  expect(markers.at(0)).toBe('first');
  expect(markers.filter((marker) => marker === 'last')).toHaveLength(1);
});

test('a transaction that is open while the slot is made arrives whole, by the stream', async () => {
  cdc = await createCdcUnderTest('cdc_open');
  await cdc.database.query('create table t (id int primary key, v text)');
  await cdc.database.query("insert into t values (1, 'before')");
  const open = await cdc.database.connect();
  await open.query(
    "begin; insert into t values (2, 'open'); update t set v = 'changed' where id = 1",
  );

  const service = await cdc.start();
  // the slot's creation waits for the open transaction: the snapshot falls behind it
  await expect
    .poll(
      async () =>
        (
          await cdc.database.query(
            'select from pg_replication_slots where database = current_database()',
          )
        ).rowCount,
    )
    .toBe(1);
  await open.query("insert into t values (3, 'late'); commit");
  await service.ready();
  await cdc.database.query("update t set v = 'after' where id = 2");
  await cdc.caughtUp();

  const rows = (await cdc.changes('t')).map(({ value }) => [
    value?.op,
    value?.after?.['id'],
    value?.after?.['v'],
  ]);
  // the snapshot's rows come in the order in which they lie
  const bySeen = rows.slice(0, 3).sort((a, b) => Number(a[1]) - Number(b[1]));
  expect([...bySeen, ...rows.slice(3)]).toEqual([
    ['r', 1, 'changed'],
    ['r', 2, 'open'],
    ['r', 3, 'late'],
    ['u', 2, 'after'],
  ]);
});
