import {
  auditVersions,
  startVersionedWriter,
  versionedRows,
  versionedTableDdl,
} from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const WRITTEN = 'millrace_cdc_written_records_total';

test('killed in the middle of large transactions, it goes on inside them without gap or duplicate', async () => {
  cdc = await createCdcUnderTest('cdc_kill');
  await cdc.database.query(versionedTableDdl('accounts'));
  // seven records a Kafka transaction: nearly every cut falls inside a PostgreSQL transaction
  const env = { MILLRACE_CDC_BATCH_RECORDS_MAX: '7' };
  await (await cdc.start(env)).ready();
  await cdc.stopAll();
  for (let round = 0; round < 5; round++) {
    const service = await cdc.start(env);
    await service.ready();
    // ends with the round: seven at a time, a faster writer's backlog would only grow
    const writer = startVersionedWriter(cdc.database.connect, 'accounts', 60);
    const enough = 20 + Math.floor(Math.random() * 200);
    await expect
      .poll(async () => (await service.metric(WRITTEN)) ?? 0, { interval: 5 })
      .toBeGreaterThan(enough);
    service.kill('SIGKILL');
    await Promise.all([service.exited, writer.stop()]);
  }
  await cdc.start();
  await cdc.caughtUp();
  const audit = auditVersions(await cdc.changes('accounts'));
  expect(audit.problems).toEqual([]);
  expect(audit.rows).toEqual(await versionedRows(await cdc.database.connect(), 'accounts'));
});

test('killed in the middle of the snapshot, nothing of it is seen and the next start begins again', async () => {
  cdc = await createCdcUnderTest('cdc_midsnap');
  await cdc.database.query('create table t (id int primary key, v text)');
  await cdc.database.query(
    "insert into t select g, repeat('x', 200) from generate_series(1, 100000) g",
  );
  // it is read up to here, and no further
  const holder = await cdc.database.connect();
  await holder.query('select pg_advisory_lock(1)');
  await cdc.database.query(`
    create function pass() returns bool language plpgsql as
    'begin perform pg_advisory_lock_shared(1); perform pg_advisory_unlock_shared(1); return true; end'`);
  const first = await cdc.start({
    MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.t": "id <> 90000 or pass()"}',
  });
  await expect
    .poll(() => first.metric('millrace_cdc_captured_rows_total{op="r"}'), { interval: 5 })
    .toBeGreaterThan(0);
  first.kill('SIGKILL');
  await first.exited;
  await holder.query('select pg_advisory_unlock(1)');
  expect(await cdc.changes('t')).toHaveLength(0);
  await cdc.database.query("update t set v = 'new' where id = 1");

  const second = await cdc.start();
  await second.ready();
  const changes = await cdc.changes('t');
  expect(changes).toHaveLength(100_000);
  expect(new Set(changes.map(({ key }) => key?.['id'])).size).toBe(100_000);
  expect(changes.find(({ key }) => key?.['id'] === 1)?.value?.after?.['v']).toBe('new');
});

test('commits that touch in the log all arrive across restarts between them', async () => {
  cdc = await createCdcUnderTest('cdc_adjacent');
  await cdc.database.query('create table t (id int primary key)');
  await (await cdc.start()).ready();
  const sessions = await Promise.all(Array.from({ length: 6 }, () => cdc.database.connect()));
  let id = 0;
  for (let round = 0; round < 3; round++) {
    const stopping = cdc.stopAll();
    for (let burst = 0; burst < 60; burst++) {
      // commits of concurrent sessions are flushed together: their records lie side by side
      await Promise.all(
        sessions.map((session) => session.query('insert into t values ($1)', [++id])),
      );
    }
    await stopping;
    await (await cdc.start()).ready();
  }
  await cdc.caughtUp();
  const ids = (await cdc.changes('t')).map(({ key }) => Number(key?.['id']));
  expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: id }, (_, i) => i + 1));
});

test('a clean stop confirms the exact end of the log that was read', async () => {
  cdc = await createCdcUnderTest('cdc_stop');
  await cdc.database.query('create table t (id int primary key)');
  const service = await cdc.start();
  await service.ready();
  await cdc.database.query('insert into t select generate_series(1, 500)');
  await cdc.caughtUp();
  expect((await service.stop()).code).toBe(0);
  expect(await cdc.changes('t')).toHaveLength(500);
  const again = await cdc.start();
  await again.ready();
  await cdc.caughtUp();
  expect(await cdc.changes('t')).toHaveLength(500);
});
