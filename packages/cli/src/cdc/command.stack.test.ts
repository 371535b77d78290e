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

/** The role owns nothing: what the owner must do for it is what `grants` prints. */
const bin = fileURLToPath(new URL('../../bin/millrace.mjs', import.meta.url));
const source = uniqueName('cli').replaceAll('-', '_');
const role = uniqueName('capturer').replaceAll('-', '_');
const PATIENCE = { timeout: 30_000, interval: 100 } as const;
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
const snapshotRows = (): number | undefined => json('status').snapshots?.[0]?.rows;

beforeAll(async () => {
  const { kafkaBrokers, postgresUrl, registryUrl } = stackUnderTest();
  database = await createPostgresDatabase('cdc_cli', postgresUrl);
  await database.query('create table t (id int primary key)');
  await database.query('insert into t select generate_series(1, 10)');
  env = {
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_POSTGRES_URL: database.url,
    MILLRACE_CDC_SOURCE: source,
  };
  await database.query(`create role ${role}`);
  await database.query(millrace('grants', role, 'public.t').stdout);
  const asRole = new URL(database.url);
  asRole.username = role;
  service = await startService('cdc', {
    ...env,
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_POSTGRES_URL: asRole.href,
    MILLRACE_CDC_TABLES: 'public.*',
    MILLRACE_CDC_PUBLICATION: 'existing',
    MILLRACE_CDC_TABLES_POLL: '0ms',
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
  const seen = json('status');
  expect(seen).toMatchObject({
    slot: { slot: `millrace_${source}`, active: true, status: 'reserved' },
    position: { index: 0 },
    snapshots: [{ table: 'public.t', status: 'done', rows: 10 }],
    ...{ isPaused: false, blockedKeys: 0 },
    tables: [{ table: 'public.t', identity: 'default', key: 'id' }],
  });
  const { status, stdout } = millrace('status');
  expect(status).toBe(0);
  expect(stdout).toMatch(/public\.t\s+default\s+id\s+insert, update, delete, truncate/);
  expect(json('slots')).toMatchObject([{ slot: `millrace_${source}` }]);
});

test('a snapshot is asked for, paused, resumed and given up from the command line', async () => {
  await service.ready();
  expect(millrace('pause').status).toBe(0);
  await expect.poll(() => json('status').isPaused, PATIENCE).toBe(true);
  expect(millrace('snapshot', 'public.t', '--where', 'id > 7').stdout).toContain(
    'execute-snapshot',
  );
  await expect.poll(() => json('status').snapshots[0].status, PATIENCE).toBe('running');
  millrace('resume');
  await expect.poll(snapshotRows, PATIENCE).toBe(3);
  millrace('pause');
  millrace('snapshot', 'public.t');
  await expect.poll(() => json('status').snapshots[0]?.status, PATIENCE).toBe('running');
  millrace('stop-snapshot', 'public.t');
  await expect.poll(() => json('status').snapshots.length, PATIENCE).toBe(0);
  millrace('resume');
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
  env['MILLRACE_POSTGRES_URL'] = 'postgres://nobody@127.0.0.1:1/none';
  expect(millrace('status')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('millrace: PostgreSQL'),
  });
  env = before;
});
