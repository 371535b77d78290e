/** PostgreSQL gives up a slot: too much log, or nobody came for too long. On a server that keeps next to nothing. */
import { changeTopic } from '@millrace/contracts';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createPostgresDatabase,
  type FaultProxy,
  type PostgresDatabase,
  readChangeLog,
  type ServiceProcess,
  startFaultProxy,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

const PATIENCE = { timeout: 60_000, interval: 100 } as const;

let stack: RunningStack;
let database: PostgresDatabase;
let kafka: FaultProxy;
let source: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  const admin = await createPostgresDatabase('settings', stack.endpoints.postgresUrl);
  for (const setting of [
    `max_slot_wal_keep_size = '32MB'`,
    `min_wal_size = '32MB'`,
    `wal_keep_size = 0`,
  ]) {
    await admin.query(`alter system set ${setting}`);
  }
  await admin.query('select pg_reload_conf()');
  await admin.drop();
});
afterAll(() => stack.stop());

beforeEach(async () => {
  database = await createPostgresDatabase('slot_lost', stack.endpoints.postgresUrl);
  source = uniqueName('lost').replaceAll('-', '_');
  kafka = await startFaultProxy({
    target: stack.endpoints.kafkaBrokers,
    rewriteAdvertisedPort: true,
  });
  await database.query('create table t (id int primary key); create table noise (v text)');
  await database.query('insert into t values (1), (2)');
});
afterEach(async () => {
  for (const service of running) service.kill('SIGKILL');
  await Promise.all(running.splice(0).map((service) => service.exited));
  await kafka.close();
  await database.drop();
});

const start = async (env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> => {
  const service = await startService('cdc', {
    MILLRACE_KAFKA_BROKERS: kafka.address,
    MILLRACE_REGISTRY_URL: stack.endpoints.registryUrl,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: source,
    MILLRACE_CDC_TABLES: 'public.t',
    ...env,
  });
  running.push(service);
  return service;
};
/** Some 16 MB of log, and the end of a segment. */
const writeLog = async (): Promise<void> => {
  await database.query(
    `insert into noise select repeat(md5(g::text), 30) from generate_series(1, 14000) g`,
  );
  await database.query('select pg_switch_wal()');
};
const slot = async () => {
  const { rows } = await database.query(
    `select wal_status as status, invalidation_reason as reason, active
     from pg_replication_slots where slot_name = $1`,
    [`millrace_${source}`],
  );
  return rows[0];
};
const loseSlot = async (): Promise<void> => {
  for (let i = 0; i < 6; i++) await writeLog();
  await database.query('checkpoint');
  await expect.poll(async () => (await slot())?.status, PATIENCE).toBe('lost');
};
const rows = async () =>
  (await readChangeLog(stack.endpoints, changeTopic(source, 'public', 't'))).map(
    ({ value }) => `${value?.op}${value?.after?.['id']}`,
  );

test('a slot that was invalidated while the service was down stops it with the reason, and is made anew with when_needed', async () => {
  const first = await start();
  await first.ready();
  await first.stop();
  await database.query('insert into t values (3)');
  await loseSlot();

  const stopped = await start();
  expect((await stopped.exited).code).toBe(1);
  expect(stopped.lines.join('\n')).toContain('PostgreSQL invalidated the slot (wal_removed)');
  expect(stopped.lines.join('\n')).toContain('cdc.slot-lost');
  expect(stopped.lines.join('\n')).toContain('MILLRACE_CDC_SNAPSHOT_MODE=when_needed');

  const anew = await start({ MILLRACE_CDC_SNAPSHOT_MODE: 'when_needed' });
  await anew.ready();
  await database.query('insert into t values (4)');
  await expect.poll(rows, PATIENCE).toEqual(['r1', 'r2', 'r1', 'r2', 'r3', 'c4']);
});

test('killed when the new slot is there and nothing of its snapshot is written yet, it begins the snapshot anew', async () => {
  const first = await start();
  await first.ready();
  await first.stop();
  await database.query('insert into t values (3)');
  await loseSlot();

  // no row of it is read as long as this is held
  const holder = await database.connect();
  await holder.query('select pg_advisory_lock(1)');
  await database.query(`
    create function pass() returns bool language plpgsql as
    'begin perform pg_advisory_lock_shared(1); perform pg_advisory_unlock_shared(1); return true; end'`);
  const killed = await start({
    MILLRACE_CDC_SNAPSHOT_MODE: 'when_needed',
    MILLRACE_CDC_SNAPSHOT_WHERE: '{"public.t": "pass()"}',
  });
  await expect.poll(async () => (await slot())?.status, PATIENCE).toBe('reserved');
  killed.kill('SIGKILL');
  await killed.exited;
  expect(killed.lines.join('\n')).not.toContain('snapshot committed');
  await holder.query('select pg_advisory_unlock(1)');
  await database.query('insert into t values (4)');

  // what was committed between the lost slot and the new one is in no log any more
  const anew = await start({ MILLRACE_CDC_SNAPSHOT_MODE: 'when_needed' });
  await anew.ready();
  await database.query('insert into t values (5)');
  await expect.poll(rows, PATIENCE).toEqual(['r1', 'r2', 'r1', 'r2', 'r3', 'r4', 'c5']);
});

test.each(['initial', 'when_needed'])(
  'a slot that is invalidated while the service streams and Kafka is away, mode %s: the metrics tell it coming',
  async (mode) => {
    const service = await start({
      MILLRACE_CDC_SNAPSHOT_MODE: mode,
      MILLRACE_CDC_WAITING_BYTES_MAX: '65536',
    });
    await service.ready();
    const safe = () => service.metric('millrace_cdc_slot_safe_wal_bytes');
    const retained = () => service.metric('millrace_cdc_retained_wal_bytes');
    await expect.poll(safe, PATIENCE).toBeGreaterThan(0);
    const [safeBefore, retainedBefore] = [(await safe()) ?? 0, (await retained()) ?? 0];

    kafka.stall();
    await database.query('insert into t select g from generate_series(3, 3000) g');
    await writeLog();
    await expect.poll(safe, PATIENCE).toBeLessThan(safeBefore);
    await expect.poll(retained, PATIENCE).toBeGreaterThan(retainedBefore);
    await expect
      .poll(() => service.metric('millrace_cdc_source_wal_bytes'), PATIENCE)
      .toBeGreaterThan(1e6);
    expect(await service.metric('millrace_cdc_slot_exhaustion_seconds')).toBeGreaterThan(0);
    await writeLog();
    await expect
      .poll(
        () => service.lines.some((line) => line.includes('beyond max_slot_wal_keep_size')),
        PATIENCE,
      )
      .toBe(true);

    await loseSlot();
    kafka.restore();
    if (mode === 'initial') {
      expect((await service.exited).code).toBe(1);
      expect(service.lines.join('\n')).toContain('PostgreSQL invalidated the slot (wal_removed)');
      return;
    }
    await expect
      .poll(
        () => service.lines.filter((line) => line.includes('snapshot committed')).length,
        PATIENCE,
      )
      .toBe(2);
    await service.ready();
    await database.query('insert into t values (3001)');
    await expect.poll(async () => (await rows()).at(-1), PATIENCE).toBe('c3001');
    expect((await rows()).filter((row) => row.startsWith('r'))).toHaveLength(2 + 3000);
  },
);

test('a slot that nobody read for idle_replication_slot_timeout is told with that reason', async () => {
  const first = await start();
  await first.ready();
  await first.stop();
  await database.query(`alter system set idle_replication_slot_timeout = '1s'`);
  await database.query('select pg_reload_conf()');
  try {
    await expect
      .poll(async () => {
        await database.query('checkpoint');
        return (await slot())?.reason;
      }, PATIENCE)
      .toBe('idle_timeout');
    const stopped = await start();
    expect((await stopped.exited).code).toBe(1);
    expect(stopped.lines.join('\n')).toContain('PostgreSQL invalidated the slot (idle_timeout)');
  } finally {
    await database.query('alter system reset idle_replication_slot_timeout');
    await database.query('select pg_reload_conf()');
  }
});
