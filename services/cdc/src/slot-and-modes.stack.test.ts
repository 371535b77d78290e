import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

const PATIENCE = { timeout: 60_000, interval: 50 } as const;
const slots = async () =>
  (
    await cdc.database.query(
      'select slot_name, failover, confirmed_flush_lsn::text as confirmed from pg_replication_slots where database = current_database()',
    )
  ).rows;
const ops = async (table: string) => (await cdc.changes(table)).map(({ value }) => value?.op);

test('initial_only takes one snapshot and ends without a slot; started again it does nothing', async () => {
  cdc = await createCdcUnderTest('cdc_only');
  await cdc.database.query('create table t (id int primary key, v text)');
  await cdc.database.query("insert into t values (1, 'a'), (2, 'b')");
  const env = { MILLRACE_CDC_SNAPSHOT_MODE: 'initial_only' };
  expect((await (await cdc.start(env)).exited).code).toBe(0);
  expect(await ops('t')).toEqual(['r', 'r']);
  expect(await slots()).toEqual([]);
  await cdc.database.query("insert into t values (3, 'c')");
  expect((await (await cdc.start(env)).exited).code).toBe(0);
  expect(await ops('t')).toEqual(['r', 'r']);
});

test('no_data streams alone; always reads all rows at every start beside the stream; a condition and a list limit a snapshot', async () => {
  cdc = await createCdcUnderTest('cdc_modes');
  await cdc.database.query(
    'create table t (id int primary key); create table u (id int primary key)',
  );
  await cdc.database.query('insert into t values (1), (2); insert into u values (1)');
  const first = await cdc.start({ MILLRACE_CDC_SNAPSHOT_MODE: 'no_data' });
  await first.ready();
  await cdc.database.query('insert into t values (3)');
  await cdc.caughtUp();
  expect(await ops('t')).toEqual(['c']);
  await cdc.stopAll();
  await (await cdc.start({ MILLRACE_CDC_SNAPSHOT_MODE: 'always' })).ready();
  await expect.poll(() => ops('t'), PATIENCE).toEqual(['c', 'r', 'r', 'r']);
  await cdc.close();

  cdc = await createCdcUnderTest('cdc_limits');
  await cdc.database.query(
    'create table t (id int primary key); create table u (id int primary key)',
  );
  await cdc.database.query('insert into t values (1), (2); insert into u values (1)');
  const limited = await cdc.start({
    MILLRACE_CDC_SNAPSHOT_TABLES: 'public.t',
    MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.t": "id > 1"}',
    MILLRACE_CDC_SLOT_FAILOVER: 'true',
  });
  await limited.ready();
  await cdc.database.query('insert into u values (2)');
  await cdc.caughtUp();
  expect([await ops('t'), await ops('u')]).toEqual([['r'], ['c']]);
  expect(await slots()).toMatchObject([{ failover: true }]);
});

test('while only tables that are not captured are written, heartbeats go on and the slot moves', async () => {
  cdc = await createCdcUnderTest('cdc_beat');
  await cdc.database.query('create table t (id int primary key); create table other (id int)');
  const service = await cdc.start({
    MILLRACE_CDC_TABLES: 'public.t',
    MILLRACE_CDC_HEARTBEAT: '100ms',
  });
  await service.ready();
  const [before] = await slots();
  await cdc.database.query('insert into other select generate_series(1, 1000)');
  // a new file of log, and nothing in it that is captured
  await cdc.database.query('select pg_switch_wal()');
  await cdc.database.query('checkpoint');
  await cdc.caughtUp();
  const [after] = await slots();
  expect(after.confirmed).not.toBe(before.confirmed);
  await expect
    .poll(() => service.metric('millrace_cdc_heartbeat_lag_seconds'), PATIENCE)
    .toBeGreaterThan(0);
  expect(await service.metric('millrace_cdc_slot_wal_state{status="reserved"}')).toBe(1);
  expect(await service.metric('millrace_cdc_slot_wal_state{status="lost"}')).toBe(0);
});

test('a slot that is gone stops the service with its reason, or a new snapshot is taken when asked for', async () => {
  cdc = await createCdcUnderTest('cdc_gone');
  await cdc.database.query('create table t (id int primary key)');
  await cdc.database.query('insert into t values (1)');
  await (await cdc.start()).ready();
  await cdc.stopAll();
  await cdc.database.query(
    'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = current_database()',
  );
  const stopped = await cdc.start();
  expect((await stopped.exited).code).toBe(1);
  expect(stopped.lines.join('\n')).toContain('cdc.slot-lost');
  await (await cdc.start({ MILLRACE_CDC_SNAPSHOT_MODE: 'when_needed' })).ready();
  expect(await ops('t')).toEqual(['r', 'r']);
});

test('a login that is refused stops the service at once', async () => {
  cdc = await createCdcUnderTest('cdc_login');
  const url = new URL(cdc.database.url);
  url.username = 'nobody_of_this_name';
  const service = await cdc.start({ MILLRACE_POSTGRES_URL: url.href });
  expect((await service.exited).code).toBe(1);
  expect(service.lines.join('\n')).toMatch(/SQLSTATE 28.*cdc\.source-refused/);
});

test('started before its tables are there it waits, not ready, and captures the first that comes, and the next', async () => {
  cdc = await createCdcUnderTest('cdc_none_yet');
  const tables = { MILLRACE_CDC_TABLES: 'public.t, public.u', MILLRACE_CDC_TABLES_POLL: '200ms' };
  const service = await cdc.start(tables);
  await expect
    .poll(() => cdc.lines().join('\n'), PATIENCE)
    .toContain('no table to capture: there is none named public.t, public.u');
  await cdc.database.query('create table t (id int primary key); insert into t values (1), (2)');
  await service.ready();
  expect(await ops('t')).toEqual(['r', 'r']);
  await cdc.database.query('create table u (id int primary key); insert into u values (1)');
  await expect.poll(() => ops('u'), PATIENCE).toContain('r');
});

test('a copy that is to be taken once does not wait for tables: it fails', async () => {
  cdc = await createCdcUnderTest('cdc_none_only');
  const service = await cdc.start({ MILLRACE_CDC_SNAPSHOT_MODE: 'initial_only' });
  expect((await service.exited).code).toBe(1);
});
