/** What people write in warehouse/*.sql, carried out once whatever happens to the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readingFiles } from '../testing/project-fixture.ts';
import { readMigrations } from './read-migrations.ts';
import { runMigrations } from './run-migrations.ts';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;
let project: string;
let domain: string;

beforeEach(async () => {
  database = await createClickHouseDatabase('migrations');
  clickhouse = createClickHouse({ url: database.url });
  project = await mkdtemp(join(tmpdir(), 'millrace-migrations-'));
  domain = uniqueName('mig').replaceAll('-', '_');
  for (const { path, text } of readingFiles(domain)) await write(path, text);
});
afterEach(async () => {
  await clickhouse.close();
  await database.drop();
  await rm(project, { recursive: true });
});

const write = async (path: string, text: string) => {
  await mkdir(dirname(join(project, path)), { recursive: true });
  await writeFile(join(project, path), text);
};

const main = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** `millrace contracts …` as its own process. */
const millrace = (...args: string[]): ChildProcess & { said: string } => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  const env = {
    ...process.env,
    MILLRACE_PROJECT: project,
    MILLRACE_KAFKA_BROKERS: kafkaBrokers,
    MILLRACE_REGISTRY_URL: registryUrl,
    MILLRACE_CLICKHOUSE_URL: database.url,
  };
  const child = spawn(process.execPath, [main, 'contracts', ...args], { env });
  const told = Object.assign(child, { said: '' });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      told.said += chunk.toString();
    });
  return told;
};
const finish = async (child: ChildProcess & { said: string }) => {
  const [code] = (await once(child, 'close')) as [number];
  return { code, said: child.said };
};
const apply = (...args: string[]) => finish(millrace('apply', ...args));
const count = async (table: string) => {
  const [row] = await database.query<{ n: number }>(`SELECT toUInt32(count()) AS n FROM ${table}`);
  return row?.n;
};

const rollup = `-- A rollup of the readings.
CREATE TABLE log (x UInt8) ENGINE = MergeTree ORDER BY x;
INSERT INTO log SELECT 1;
CREATE OR REPLACE VIEW {database}.warm AS SELECT sensor FROM DOMAIN_reading WHERE celsius > 20;`;

test('migrations are planned, run after the tables they speak of, and never again', async () => {
  await write('warehouse/0001_rollup.sql', rollup.replace('DOMAIN', domain));
  const planned = await finish(millrace('plan'));
  expect(planned.said).toMatch(/\+ migration 0001_rollup\.sql: run 3 of 3 statements/);
  expect(await apply()).toMatchObject({ code: 0 });
  expect(await count('warm')).toBe(0);
  expect((await apply()).said).toMatch(/Nothing to do/);
  expect(await count('log')).toBe(1);
});

test('a statement that the server refuses is corrected in the file, and the run goes on there', async () => {
  const broken = rollup.replace('DOMAIN', domain).replace('celsius', 'celsus');
  await write('warehouse/0001_rollup.sql', broken);
  const failed = await apply();
  expect(failed.code).toBe(1);
  expect(failed.said).toMatch(/0001_rollup\.sql, statement 3 of 3: .*celsus/s);
  await write('warehouse/0001_rollup.sql', rollup.replace('DOMAIN', domain));
  expect((await apply()).said).toMatch(/run 1 of 3 statements/);
  expect(await count('log')).toBe(1);
});

test('a run that is killed in an insert asks what became of it, and goes on as it is told', async () => {
  const slow = 'INSERT INTO log SELECT sleepEachRow(0.05) + 2 FROM numbers(60)';
  const text = `CREATE TABLE log (x UInt8) ENGINE = MergeTree ORDER BY x; ${slow}; INSERT INTO log SELECT 9;`;
  await write('warehouse/0001_slow.sql', text);
  const run = millrace('apply');
  const begun = () =>
    database
      .query(`SELECT state FROM _millrace_migrations WHERE statement = 2`)
      .catch(() => [] as unknown[]);
  await expect.poll(begun, { interval: 20 }).toEqual([{ state: 'begun' }]);
  // noted before it is sent: killed between the two, nothing would come of it
  const running = `SELECT 1 FROM system.processes WHERE query LIKE 'INSERT INTO log%' AND current_database = currentDatabase()`;
  await expect.poll(() => database.query(running), { interval: 20 }).toHaveLength(1);
  run.kill('SIGKILL');
  await once(run, 'close');
  // The server brings what it was sent to its end; the run's lock is another's after its lease.
  await expect.poll(() => count('log')).toBe(60);
  const refused = await finish(millrace('plan'));
  expect(refused.code).toBe(1);
  expect(refused.said).toMatch(/statement 2 was begun and has no end/);
  const locked = await apply('--begun-statement', 'done');
  expect(locked.said).toMatch(/being carried out by/);
  await database.execute(`ALTER TABLE _millrace_lock_1 MODIFY COMMENT '1 lease-is-over'`);
  expect(await apply('--begun-statement', 'done')).toMatchObject({ code: 0 });
  expect(await count('log')).toBe(61);
});

test('an applied file that was edited, and one that is gone, are refused before anything is done', async () => {
  await write('warehouse/0001_a.sql', 'CREATE TABLE a (x Int8) ENGINE = Null');
  await write('warehouse/0002_b.sql', 'CREATE TABLE b (x Int8) ENGINE = Null');
  expect(await apply()).toMatchObject({ code: 0 });
  await write('warehouse/0002_b.sql', 'CREATE TABLE b (x Int16) ENGINE = Null');
  const edited = await apply();
  expect(edited.code).toBe(1);
  expect(edited.said).toMatch(/0002_b\.sql: statement 1 was carried out and is another one/);
  await rm(join(project, 'warehouse', '0002_b.sql'));
  expect((await apply()).said).toMatch(/0002_b\.sql: was carried out and is no longer/);
});

test('names and numbers are checked without a server', async () => {
  await write('warehouse/0001_a.sql', 'SELECT 1');
  await write('warehouse/0003_c.sql', 'SELECT 1');
  const checked = await finish(millrace('check'));
  expect(checked.code).toBe(1);
  expect(checked.said).toMatch(/0003_c\.sql.*There is no 0002.*\[migration-missing\]/);
});

test('of several runs at once one carries the migrations out', async () => {
  const insert = 'INSERT INTO log SELECT sleepEachRow(0.5) FROM numbers(2)';
  await write(
    'warehouse/0001_a.sql',
    `CREATE TABLE log (x UInt8) ENGINE = MergeTree ORDER BY x; ${insert}; ${insert};`,
  );
  const migrations = await readMigrations(project);
  const runs = await Promise.allSettled(
    Array.from({ length: 6 }, () => runMigrations(clickhouse, migrations)),
  );
  const reasons = runs.map((run) => (run.status === 'rejected' ? String(run.reason) : run.value));
  expect(reasons.filter((reason) => reason === 1)).toHaveLength(1);
  expect(reasons.filter((reason) => /being carried out by/.test(String(reason)))).toHaveLength(5);
  expect(await count('log')).toBe(4);
  expect(await runMigrations(clickhouse, migrations)).toBe(0);
});
