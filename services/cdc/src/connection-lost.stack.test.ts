/** Between us and PostgreSQL: sessions ended by an administrator, and a network that cuts, stalls or loses one direction. */
import {
  auditVersions,
  type FaultProxy,
  type ServiceProcess,
  startFaultProxy,
  startVersionedWriter,
  type VersionedWriter,
  versionedRows,
  versionedTableDdl,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 50 } as const;
const RETRIES = 'millrace_cdc_session_retries_total';

let cdc: CdcUnderTest;
let proxy: FaultProxy;
let writer: VersionedWriter;
beforeEach(async () => {
  cdc = await createCdcUnderTest('cdc_lost');
  proxy = await startFaultProxy({ target: cdc.database.url });
  await cdc.database.query(versionedTableDdl('t'));
  writer = startVersionedWriter(cdc.database.connect, 't', 5);
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${cdc.lines().join('\n')}\n`);
  await writer.stop();
  await cdc.close();
  await proxy.close();
});

const retries = async (service: ServiceProcess): Promise<number> =>
  (await service.metric(RETRIES)) ?? 0;
const writes = async (): Promise<void> => {
  const before = writer.commits;
  await expect.poll(() => writer.commits, PATIENCE).toBeGreaterThan(before + 20);
};
const waitsForLocks = ({ lines }: ServiceProcess): number =>
  lines.filter((line) => line.includes('is locked: these wait')).length;
const makeNewcomer = async (): Promise<void> => {
  await cdc.database.query('create table newcomer (id int primary key)');
  await cdc.database.query('insert into newcomer values (1)');
};
const expectTopicEqualsTable = async (): Promise<void> => {
  await writer.stop();
  await cdc.caughtUp();
  const audit = auditVersions(await cdc.changes('t'));
  expect(audit.problems).toEqual([]);
  expect(audit.rows).toEqual(await versionedRows(await cdc.database.connect(), 't'));
};

test.each(['stream', 'control'])(
  'its %s session ended by an administrator, it connects again by itself and loses nothing',
  async (role) => {
    const service = await cdc.start();
    await service.ready();
    for (let round = 0; round < 3; round++) {
      await writes();
      const before = await retries(service);
      const terminated = async () => {
        const { rowCount } = await cdc.database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = $1`,
          [`millrace.cdc.${cdc.source}.${role}`],
        );
        return rowCount;
      };
      await expect.poll(terminated, PATIENCE).toBe(1);
      await expect.poll(() => retries(service), PATIENCE).toBeGreaterThan(before);
      await service.ready();
    }
    await expectTopicEqualsTable();
  },
);

test.each(['cut', 'stall', 'dropResponses'] as const)(
  'the network to PostgreSQL fails by %s: noticed soon, and nothing is lost',
  async (fault) => {
    const service = await cdc.start({
      MILLRACE_POSTGRES_URL: proxy.url,
      MILLRACE_CDC_SILENCE_TIMEOUT: '2s',
    });
    await service.ready();
    await writes();
    proxy[fault]();
    // Far sooner than TCP would: it takes a quarter of an hour.
    await expect.poll(() => service.metric(RETRIES), PATIENCE).toBeGreaterThan(0);
    await writes();
    proxy.restore();
    await service.ready();
    await writes();
    await expectTopicEqualsTable();
  },
);

test('a connection that stalls inside the initial snapshot is given up, and the snapshot ends exact', async () => {
  await writer.stop();
  await cdc.database.query('create table big (id int primary key, note text)');
  await cdc.database.query(
    "insert into big select g, repeat('x', 2000) from generate_series(1, 10000) g",
  );
  const service = await cdc.start({
    MILLRACE_POSTGRES_URL: proxy.url,
    MILLRACE_CDC_SILENCE_TIMEOUT: '2s',
    MILLRACE_CDC_SNAPSHOT_CHUNK_BYTES: '65536',
  });
  await expect
    .poll(() => service.lines.some((line) => line.includes('snapshot begins')), PATIENCE)
    .toBe(true);
  proxy.stall();
  await expect.poll(() => service.metric(RETRIES), PATIENCE).toBeGreaterThan(0);
  proxy.restore();
  await service.ready();
  await cdc.caughtUp();
  const ids = async () => (await cdc.changes('big')).map(({ key }) => Number(key?.['id']));
  await expect.poll(async () => (await ids()).length, PATIENCE).toBe(10_000);
  expect(new Set(await ids()).size).toBe(10_000);
});

test('its reader ended inside a chunk of a snapshot beside the stream, the snapshot goes on and every row is read', async () => {
  await cdc.database.query('create table big (id int primary key, note text)');
  const service = await cdc.start({ MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '50' });
  await service.ready();
  // rows that the initial snapshot did not see, and that nobody changes
  await cdc.database.query("insert into big select g, 'x' from generate_series(1, 10000) g");
  await cdc.database.query(
    `select pg_logical_emit_message(true, $1, '{"id":"1","type":"execute-snapshot","data":{"data-collections":["public.big"]}}')`,
    [`millrace.signal.${cdc.source}`],
  );
  const read = async () =>
    (await cdc.changes('big'))
      .filter(({ value }) => value?.op === 'r')
      .map(({ key }) => key?.['id']);
  for (let round = 0; round < 2; round++) {
    const beforeKill = await retries(service);
    const before = (await read()).length;
    await expect.poll(async () => (await read()).length, PATIENCE).toBeGreaterThan(before);
    await expect
      .poll(
        async () => {
          const { rowCount } = await cdc.database.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = $1 and query like '%big%' and state <> 'idle'`,
            [`millrace.cdc.${cdc.source}.reader`],
          );
          return rowCount;
        },
        { interval: 1 },
      )
      .toBe(1);
    await expect.poll(() => retries(service), PATIENCE).toBeGreaterThan(beforeKill);
    await service.ready();
  }
  await expect
    .poll(() => service.lines.some((line) => line.includes('table snapshot complete')), {
      timeout: 150_000,
    })
    .toBe(true);
  // told when the last chunk is in the batch; the server is told when Kafka has it
  await cdc.caughtUp();
  expect(new Set(await read()).size).toBe(10_000);
  await expectTopicEqualsTable();
});

test('a new table that cannot join because a captured one is locked waits for it; the stream goes on', async () => {
  await cdc.database.query('create table locked (id int primary key)');
  const service = await cdc.start({ MILLRACE_CDC_TABLES_POLL: '200ms' });
  await service.ready();
  const vacuum = await cdc.database.connect();
  // what VACUUM, CREATE INDEX CONCURRENTLY and others take
  await vacuum.query('begin; lock table locked in share update exclusive mode');
  await makeNewcomer();
  await expect.poll(() => waitsForLocks(service), PATIENCE).toBeGreaterThan(1);
  const before = (await cdc.changes('t')).length;
  await expect.poll(async () => (await cdc.changes('t')).length, PATIENCE).toBeGreaterThan(before);
  expect(await service.metric(RETRIES)).toBe(0);
  await vacuum.query('commit');
  await expect.poll(async () => (await cdc.changes('newcomer')).length, PATIENCE).toBe(1);
  await expectTopicEqualsTable();
});

test('a new table whose joining is the victim of a deadlock waits as for a lock; the stream goes on', async () => {
  await cdc.database.query('create table locked (id int primary key)');
  const service = await cdc.start({ MILLRACE_CDC_TABLES_POLL: '200ms' });
  await service.ready();
  const migration = await cdc.database.connect();
  // who looks for the deadlock is its victim
  await migration.query("set deadlock_timeout = '1h'");
  await migration.query('begin; lock table t in share update exclusive mode');
  await makeNewcomer();
  const isJoining = async () => {
    const { rowCount } = await cdc.database.query(
      "select from pg_locks where relation = 't'::regclass and not granted",
    );
    return rowCount;
  };
  await expect.poll(isJoining, { ...PATIENCE, interval: 5 }).toBe(1);
  await migration.query('lock table locked in share update exclusive mode');
  await expect.poll(() => waitsForLocks(service), PATIENCE).toBeGreaterThan(0);
  await migration.query('commit');
  await expect.poll(async () => (await cdc.changes('newcomer')).length, PATIENCE).toBe(1);
  expect(await service.metric(RETRIES)).toBe(0);
  await expectTopicEqualsTable();
});

test('started again while a captured table is locked and a new one waits, it streams what it has', async () => {
  await cdc.database.query('create table locked (id int primary key)');
  await (await cdc.start()).ready();
  await writes();
  await cdc.stopAll();
  const vacuum = await cdc.database.connect();
  await vacuum.query('begin; lock table locked in share update exclusive mode');
  await makeNewcomer();
  const service = await cdc.start({ MILLRACE_CDC_TABLES_POLL: '200ms' });
  await service.ready();
  await expect.poll(() => waitsForLocks(service), PATIENCE).toBeGreaterThan(0);
  const before = (await cdc.changes('t')).length;
  await expect.poll(async () => (await cdc.changes('t')).length, PATIENCE).toBeGreaterThan(before);
  expect(await service.metric(RETRIES)).toBe(0);
  expect(await cdc.changes('newcomer')).toEqual([]);
  await vacuum.query('commit');
  await expect.poll(async () => (await cdc.changes('newcomer')).length, PATIENCE).toBe(1);
  await expectTopicEqualsTable();
});
