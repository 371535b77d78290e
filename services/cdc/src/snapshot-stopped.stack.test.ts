import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 20 } as const;
/** What it stops in the middle of would take two minutes, or has no end. */
const STOPS_WITHIN_MS = 40_000;
const slow = {
  MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.t": "paced()"}',
  MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '16384',
  MILLRACE_CDC_BATCH_BYTES_MAX: '4096',
};
const slotCount = async (): Promise<number> => {
  const { rowCount } = await cdc.database.query(
    'select from pg_replication_slots where database = current_database()',
  );
  return rowCount ?? 0;
};
const written = async (atLeast: number): Promise<void> =>
  expect
    .poll(async () => (await cdc.changes('t').catch(() => [])).length, PATIENCE)
    .toBeGreaterThan(atLeast);
const stopsSoon = async (stop: () => Promise<unknown>): Promise<void> => {
  const startedMs = performance.now();
  expect(await stop()).toMatchObject({ code: 0 });
  expect(performance.now() - startedMs).toBeLessThan(STOPS_WITHIN_MS);
};
/** How long a row takes to read: at two milliseconds the snapshot of 60,000 would take minutes. */
const paced = (seconds: number) =>
  cdc.database.query(
    `create or replace function paced() returns bool language plpgsql as 'begin perform pg_sleep(${seconds}); return true; end'`,
  );
const filled = async (ddl: string): Promise<void> => {
  cdc = await createCdcUnderTest('cdc_stop');
  await cdc.database.query(ddl);
  await paced(0.002);
  await cdc.database.query(`insert into t select g, 'row' from generate_series(1, 60000) g`);
};

test('stopped in the middle of the snapshot it ends within seconds, and later goes on with what is left', async () => {
  await filled('create table t (id int primary key, v text)');
  const service = await cdc.start(slow);
  await written(100);
  await stopsSoon(service.stop);
  const before = await cdc.changes('t');
  expect(before.length).toBeLessThan(60_000);

  await paced(0);
  const again = await cdc.start();
  await again.ready();
  await expect
    .poll(() => again.lines.some((line) => line.includes('table snapshot complete')), PATIENCE)
    .toBe(true);
  await cdc.caughtUp();
  const ids = (await cdc.changes('t')).map(({ key }) => Number(key?.['id']));
  expect(new Set(ids).size).toBe(60_000);
  expect(ids.length).toBe(60_000);
});

test('stopped in the middle of a table without a key nothing of it is written, and the snapshot begins anew', async () => {
  await filled('create table t (id int, v text)');
  const service = await cdc.start(slow);
  await expect
    .poll(async () => (await service.metric('millrace_cdc_snapshot_done_bytes')) ?? 0, PATIENCE)
    .toBeGreaterThan(0);
  await stopsSoon(service.stop);
  expect(await cdc.changes('t')).toEqual([]);
  await (await cdc.start()).ready();
  const rows = (await cdc.changes('t')).map(({ value }) => Number(value?.after?.['id']));
  expect([rows.length, new Set(rows).size]).toEqual([60_000, 60_000]);
});

test('stopped while another transaction holds up the slot it ends within seconds, and the slot is not left over', async () => {
  cdc = await createCdcUnderTest('cdc_stop');
  await cdc.database.query('create table t (id int primary key)');
  const open = await cdc.database.connect();
  await open.query('begin; insert into t values (1)');
  const service = await cdc.start();
  await expect.poll(slotCount, PATIENCE).toBe(1);
  await stopsSoon(service.stop);
  await expect.poll(slotCount, PATIENCE).toBe(0);
  await open.query('commit');
});

test('a table without a key that takes longer than one transaction may is refused by name, with nothing written', async () => {
  await filled('create table t (id int, v text)');
  const service = await cdc.start({
    ...slow,
    MILLRACE_CDC_SNAPSHOT_TRANSACTION_TIMEOUT: '2s',
  });
  expect(await service.exited).toMatchObject({ code: 1 });
  expect(service.lines.join('\n')).toMatch(
    /public\.t must be read in one .*cdc\.snapshot-too-long/,
  );
  expect(await cdc.changes('t')).toEqual([]);
});

test('a slot that is lost in the middle of the snapshot ends it at once, with the reason; the budget is told meanwhile', async () => {
  await filled('create table t (id int primary key, v text)');
  const service = await cdc.start(slow);
  await written(100);
  await expect
    .poll(() => service.metric('millrace_cdc_retained_wal_bytes'), PATIENCE)
    .toBeGreaterThan(0);
  await cdc.database.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()',
  );
  expect(await service.exited).toMatchObject({ code: 1 });
  expect(service.lines.join('\n')).toContain('cdc.slot-lost');
  expect(service.lines.join('\n')).toContain('in the middle of the snapshot');
});
