import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  createPostgresDatabase,
  type PostgresDatabase,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SlotStatus } from './slots.ts';
import type { SnapshotStatus } from './snapshot-status.ts';

/** The role owns nothing: what the owner must do for it is what `grants` prints. */
const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));
const source = uniqueName('cli').replaceAll('-', '_');
const role = uniqueName('capturer').replaceAll('-', '_');
// each look starts a process
const PATIENCE = { timeout: 60_000, interval: 300 } as const;
let database: PostgresDatabase;
let service: ServiceProcess;
let env: Record<string, string>;

const millrace = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'cdc', ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
};
const json = (...args: readonly string[]) => JSON.parse(millrace(...args, '--json').stdout);
const snapshotOf = (table: string): SnapshotStatus | undefined =>
  (json('status').snapshots as SnapshotStatus[]).find((one) => one.table === table);
const SIZED = { bytes: expect.any(Number), share: 1, secondsLeft: null };

beforeAll(async () => {
  const { kafkaBrokers, postgresUrl, registryUrl } = stackUnderTest();
  database = await createPostgresDatabase('cdc_cli', postgresUrl);
  await database.query('create table t (id int primary key)');
  await database.query('insert into t select generate_series(1, 10)');
  await database.query('create table large (id int primary key)');
  await database.query('insert into large select generate_series(1, 30000)');
  await database.query('analyze large');
  env = {
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: source,
  };
  await database.query(`create role ${role}`);
  await database.query(millrace('grants', role, 'public.t', 'public.large').stdout);
  const asRole = new URL(database.url);
  asRole.username = role;
  service = await startService('cdc', {
    ...env,
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_POSTGRES_URL: asRole.href,
    MILLRACE_CDC_TABLES: 'public.*',
    MILLRACE_CDC_PUBLICATION: 'existing',
    MILLRACE_CDC_TABLES_POLL: '200ms',
    MILLRACE_CDC_INCREMENTAL_CHUNK_ROWS: '20',
  });
});
afterAll(async () => {
  await service.stop();
  await database.query(`drop owned by ${role}`);
  await database.query(`drop role ${role}`);
  await database.drop();
});

test('a role that owns nothing captures with what grants prints; status tells slot, position, snapshots and tables', async () => {
  await service.ready();
  await expect.poll(() => json('status').state, PATIENCE).toBe('streaming');
  const seen = json('status');
  expect(seen).toMatchObject({
    slot: { slot: `millrace_${source}`, active: true, status: 'reserved', reason: null },
    position: { index: 0, writtenMs: expect.any(Number) },
    snapshots: expect.arrayContaining([
      { ...{ table: 'public.t', status: 'done', rows: 10, rowsAbout: null }, ...SIZED },
      { ...{ table: 'public.large', status: 'done', rows: 30000, rowsAbout: 30000 }, ...SIZED },
    ]),
    ...{ isPaused: false, blockedKeys: 0 },
    tables: [
      { table: 'public.large', identity: 'default', key: 'id' },
      { table: 'public.t', identity: 'default', key: 'id' },
    ],
  });
  const { status, stdout } = millrace('status');
  expect(status).toBe(0);
  expect(stdout).toMatch(new RegExp(`^${source}: streaming$`, 'm'));
  expect(stdout).toMatch(/Behind PostgreSQL: .*B/);
  expect(stdout).toMatch(/public\.large +done +30000 +30000 +1\.\d MiB +100 %/);
  expect(stdout).toMatch(/public\.t\s+default\s+id\s+insert, update, delete, truncate/);
});

test('slots tells who reads each and how much it holds back, the most first', async () => {
  await service.ready();
  const slots: SlotStatus[] = json('slots');
  const mine = slots.find(({ slot }) => slot === `millrace_${source}`);
  expect(mine).toMatchObject({ database: database.name, retainedBytes: expect.any(Number) });
  expect(mine?.consumer).toContain(`millrace.cdc.${source}`);
  const retained = slots.map(({ retainedBytes }) => retainedBytes);
  expect(retained).toEqual([...retained].sort((a, b) => b - a));
  expect(millrace('slots').stdout).toMatch(new RegExp(`millrace_${source} .*reserved .*B`));
});

test('grants knows a table whose updates PostgreSQL would refuse', async () => {
  await database.query('create table blind (id int primary key deferrable)');
  expect(millrace('grants', role, 'public.t', 'public.blind').stdout).toMatch(
    /for table "public"."t" with \(publish_via.*\n.*\n.*\n.*_inserts" for table "public"."blind" with/,
  );
  await database.query('drop table blind');
});

test('a snapshot is asked for, paused, resumed and given up from the command line', async () => {
  await service.ready();
  expect(millrace('pause').status).toBe(0);
  await expect.poll(() => json('status').isPaused, PATIENCE).toBe(true);
  expect(millrace('snapshot', 'public.t', '--where', 'id > 7').stdout).toContain(
    'execute-snapshot',
  );
  await expect.poll(() => snapshotOf('public.t')?.status, PATIENCE).toBe('running');
  millrace('resume');
  await expect.poll(() => snapshotOf('public.t')?.rows, PATIENCE).toBe(3);
  millrace('snapshot', 'public.t', '--blocking', '--where', 'id > 8');
  await expect.poll(() => snapshotOf('public.t')?.rows, PATIENCE).toBe(2);
  millrace('pause');
  millrace('snapshot', 'public.t');
  await expect.poll(() => snapshotOf('public.t')?.status, PATIENCE).toBe('running');
  millrace('stop-snapshot', 'public.t');
  await expect.poll(() => snapshotOf('public.t'), PATIENCE).toBe(undefined);
  millrace('resume');
});

test('status tells how far a running snapshot is, and how long it will still take', async () => {
  await service.ready();
  millrace('snapshot', 'public.large');
  await expect.poll(() => snapshotOf('public.large')?.secondsLeft, PATIENCE).toBeGreaterThan(0);
  millrace('pause');
  const { rows, share } = snapshotOf('public.large') ?? expect.fail('the snapshot is over');
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
  expect(rows).toBeLessThan(30_000);
  expect(millrace('status').stdout).toMatch(
    /public\.large +running +\d+ +30000 +1\.\d MiB +\d+ % +[\d.]+ (s|min|h)/,
  );
  millrace('stop-snapshot');
  millrace('resume');
  await expect.poll(() => snapshotOf('public.large'), PATIENCE).toBe(undefined);
});

test('a table that nobody published is no concern of a pattern; once its owner publishes it, it joins and is read', async () => {
  await service.ready();
  await database.query('create table later (id int primary key)');
  await database.query('insert into later values (1), (2)');
  // the next poll has seen it
  millrace('snapshot', 'public.t');
  await expect.poll(() => snapshotOf('public.t')?.rows, PATIENCE).toBe(10);
  expect(json('status')).toMatchObject({ state: 'streaming' });
  expect(snapshotOf('public.later')).toBe(undefined);
  await database.query(`grant select on later to ${role}`);
  await database.query(`alter publication millrace_${source} add table later`);
  await expect.poll(() => snapshotOf('public.later')?.rows, PATIENCE).toBe(2);
});

test('a snapshot of a table that is not captured is refused before it gets into the log', async () => {
  await service.ready();
  expect(millrace('snapshot', 'public.t', 'public.lrge')).toMatchObject({
    status: 1,
    stderr: `millrace: public.lrge: not captured as ${source}. Captured: public.large, public.later, public.t\n`,
  });
  expect(millrace('snapshot', 'public.la*', '--where', 'id < 0').status).toBe(0);
});

test('when nothing runs, status and a signal say so', async () => {
  await service.ready();
  await service.stop();
  expect(json('status')).toMatchObject({ state: 'stopped', slot: { active: false } });
  expect(millrace('status')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('the slot keeps log for it'),
  });
  expect(millrace('slots').stdout).toMatch(new RegExp(`millrace_${source} .*nobody for`));
  expect(millrace('pause')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('it does not run now'),
  });
  await database.query('select pg_drop_replication_slot($1)', [`millrace_${source}`]);
  expect(json('status').state).toBe('unknown');
  expect(millrace('resume')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`no slot millrace_${source}`),
  });
});

test('what is wrong is one sentence and an exit code: no settings, no server, a source that never was', () => {
  const without = spawnSync(process.execPath, [bin, 'cdc', 'status'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect([without.status, without.stderr]).toEqual([
    2,
    expect.stringContaining('MILLRACE_POSTGRES_URL'),
  ]);
  const before = { ...env };
  env['MILLRACE_CDC_SOURCE'] = 'never_was';
  expect(millrace('status')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('Nothing was captured'),
  });
  env['MILLRACE_KAFKA_BROKERS'] = '127.0.0.1:1';
  expect(millrace('status')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('No slot millrace_never_was'),
    stderr: expect.stringMatching(/^millrace: 127\.0\.0\.1:1: .*ECONNREFUSED.*\n$/),
  });
  env['MILLRACE_POSTGRES_URL'] = 'postgres://nobody@localhost:1/none';
  for (const question of ['status', 'slots', 'pause']) {
    expect(millrace(question)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^millrace: PostgreSQL at localhost:1: .*ECONNREFUSED.*\n$/),
    });
  }
  env = before;
});
