/**
 * What one may look into, at a real service with a real ClickHouse and PostgreSQL: tables and slots as they are, and the SQL
 * box, which answers questions and lets nobody out of it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKeyToken, mintOperationsToken } from '@millrace/contracts';
import type {
  CaptureReport,
  Role,
  SqlEstimate,
  SqlResult,
  TableReport,
} from '@millrace/operations';
import {
  createFlightsWorld,
  createPostgresDatabase,
  type FlightsWorld,
  type PostgresDatabase,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;
let postgres: PostgresDatabase;
let quality: ServiceProcess;
let folder: string;
let raw: string;
let view: string;
const slot = uniqueName('slot');
const tokens = {
  ...{ viewer: mintOperationsToken('viewer1'), operator: mintOperationsToken('operator1') },
  admin: mintOperationsToken('admin1'),
};

/** The destination is nothing for everybody here. */
const classify = (file: string, text: string): string =>
  file === 'departed.odcs.yaml'
    ? text.replace(
        /(- name: destination\n(?: {8}.*\n)*? {8}classification: )public/,
        '$1confidential',
      )
    : text;

beforeAll(async () => {
  const stack = stackUnderTest();
  folder = await mkdtemp(join(tmpdir(), 'millrace-explore-'));
  const lines = Object.entries(tokens).map(
    ([role, token]) =>
      `  - { id: ${role}1, name: ${role}, role: ${role}, sha256: ${hashKeyToken(token).toString('hex')} }\n`,
  );
  await writeFile(join(folder, 'tokens.yaml'), `tokens:\n${lines.join('')}`);
  world = await createFlightsWorld(stack, { partitions: 1, edit: classify });
  ({ table: raw, view } = world.contract.warehouse);
  postgres = await createPostgresDatabase('explore');
  await postgres.query(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
  quality = await startService('quality', {
    ...world.env,
    MILLRACE_QUALITY_TOKENS_FILE: join(folder, 'tokens.yaml'),
    MILLRACE_QUALITY_EXPLORE_INTERVAL: '500ms',
    MILLRACE_QUALITY_SLOT_LAG: '64KiB',
    // Longer than any test: what stops before has been stopped. That time ends a statement is analyst-access.test.ts.
    MILLRACE_QUALITY_SQL_TIME: '10m',
    MILLRACE_QUALITY_SQL_MEMORY: '64MiB',
    MILLRACE_POSTGRES_URL: postgres.url,
    MILLRACE_QUALITY_POSTGRES_URLS: 'postgres://somebody:secret@127.0.0.1:9/nothing',
  });
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  await postgres?.drop();
  await world?.drop();
  await rm(folder, { recursive: true });
});

const get = async <T>(path: string): Promise<T> => {
  const headers = { authorization: `Bearer ${tokens.viewer}` };
  const response = await fetch(`${quality.url}/api/v1${path}`, { headers });
  return (await response.json()) as T;
};
type Answer = Partial<SqlResult> & { readonly code?: string; readonly detail?: string };
const askSql = async (
  sql: string,
  {
    role = 'operator',
    signal,
    ...more
  }: { role?: Role; signal?: AbortSignal; limit?: number } = {},
  path = '/sql',
): Promise<Answer> => {
  const response = await fetch(`${quality.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sql, ...more }),
    ...(signal !== undefined && { signal }),
  });
  return (await response.json()) as Answer;
};
const insert = (count: number) =>
  world.database.execute(
    `INSERT INTO ${raw} (flight_id, departed_at, origin, destination, _partition, _offset)
     SELECT concat('F', toString(number)), now(), 'JFK', 'LAX', 0, number FROM numbers(${count})`,
  );

test('a table is told with its contract, its rows, and the moment of the newest', async () => {
  const tableOf = async () =>
    (await get<TableReport>('/tables')).tables?.find(({ table }) => table === raw);
  await expect.poll(tableOf).toMatchObject({ rows: 0, parts: 0, newestMs: null });
  for (const count of [10, 20]) {
    await insert(count);
    await expect
      .poll(async () => {
        const [row] = await world.database.query<{ rows: number; ms: number }>(
          `SELECT count() AS rows, toUnixTimestamp64Milli(max(_ingested_at)) AS ms FROM ${raw}`,
        );
        const told = await tableOf();
        return told?.rows === row?.rows && told?.newestMs === row?.ms;
      })
      .toBe(true);
  }
  expect(await tableOf()).toMatchObject({
    ...{ contract: world.contract.id, view, engine: 'MergeTree', condition: 'ok' },
    ...{ partsMax: expect.any(Number), partsDelayAt: expect.any(Number) },
  });
});

test('a slot is told with the log that it keeps, and a server that is away without its password', async () => {
  const slotOf = async () =>
    (await get<CaptureReport>('/captures')).captures?.find((one) => one.slot === slot);
  await postgres.query(
    'create table filler as select repeat(md5(i::text), 10) from generate_series(1, 2000) i',
  );
  await expect.poll(async () => (await slotOf())?.condition).toBe('warn');
  const told = await slotOf();
  expect(told).toMatchObject({ source: null, active: false, walStatus: 'reserved' });
  expect(told?.behindBytes).toBeGreaterThan(64 * 1024);
  expect(told?.retainedBytes).toBeGreaterThanOrEqual(told?.behindBytes ?? 0);
  const report = await get<CaptureReport>('/captures');
  expect(report.away).toMatchObject([{ server: '127.0.0.1:9/nothing' }]);
  expect(JSON.stringify(report)).not.toContain('secret');
});

test('a question is answered as a table with types, figures, and a word when it is cut', async () => {
  expect(
    await askSql('-- mine\nSELECT toUInt64(1) AS big, NULL AS nothing, 1.5 AS real;'),
  ).toMatchObject({
    columns: [
      { name: 'big', type: 'UInt64' },
      { name: 'nothing', type: 'Nullable(Nothing)' },
      { name: 'real', type: 'Float64' },
    ],
    ...{ rows: [['1', null, 1.5]], cut: false },
  });
  const cut = await askSql('SELECT number FROM numbers(100000)', { limit: 3 });
  expect(cut).toMatchObject({ rows: [['0'], ['1'], ['2']], cut: true });
  expect(cut.rowsRead).toBeGreaterThan(0);
  expect(
    await askSql(`WITH a AS (SELECT origin FROM ${view}_masked) SELECT count() FROM a`),
  ).toMatchObject({
    rows: [['30']],
  });
  expect(await askSql('SELECT nonsense')).toMatchObject({ code: 'operations.sql-failed' });
});

const estimateSql = async (sql: string, role: Role = 'operator') =>
  (await askSql(sql, { role }, '/sql/estimate')) as unknown as Partial<SqlEstimate>;

test('before it runs a statement says what it would read at most, of a view what lies under it, and under which limits', async () => {
  const narrow = await estimateSql(`SELECT origin FROM ${view}_masked`);
  expect(narrow).toMatchObject({
    ...{ refused: null, rows: 30, parts: expect.any(Number) },
    tables: [{ table: raw, rows: 30 }],
    limits: { timeMs: 600_000, memoryBytes: 64 * 1024 * 1024, rows: 1000 },
  });
  expect(narrow.parts).toBeGreaterThan(0);
  expect(narrow.bytes).toBeGreaterThan(0);
  // a table whose parts tell what each column takes
  await world.database.execute(
    `CREATE TABLE told (n UInt64, filler String) ENGINE = MergeTree ORDER BY n SETTINGS min_bytes_for_wide_part = 0`,
  );
  await world.database.execute(
    `INSERT INTO told SELECT number, repeat('x', 91) FROM numbers(1000)`,
  );
  expect(await estimateSql('SELECT n FROM told', 'admin')).toMatchObject({ bytes: 8_000 });
  const filtered = await estimateSql(`SELECT n FROM told WHERE filler = 'y'`, 'admin');
  expect(filtered.rows).toBe(1000);
  expect(filtered.bytes).toBeGreaterThan(90_000);
  expect(await estimateSql('SELECT 1')).toMatchObject({ tables: [], rows: 0, bytes: 0 });
});

test('a statement that would be refused is told so before, with the code it would be refused with; nothing of it runs', async () => {
  const refusalOf = async (sql: string, role?: Role) => (await estimateSql(sql, role)).refused;
  expect(await refusalOf(`SELECT destination FROM ${raw}`)).toMatchObject({
    ...{ code: 'operations.sql-refused', message: expect.stringContaining(`${view}_masked`) },
  });
  expect(await refusalOf(`SELECT destination FROM ${raw}`, 'admin')).toBeNull();
  expect(await refusalOf('DROP TABLE x')).toMatchObject({ code: 'operations.sql-refused' });
  expect(await refusalOf('SELECT nonsense')).toMatchObject({ code: 'operations.sql-failed' });
  expect(await askSql('SELECT 1', { role: 'viewer' }, '/sql/estimate')).toMatchObject({
    code: 'operations.role-missing',
  });
  const passed: string[] = [];
  for (const attack of attacks) {
    const sql = attack({ raw, database: world.database.name });
    if ((await refusalOf(sql)) === null) passed.push(sql);
  }
  expect(passed).toEqual([]);
});

test('who may not ask does not, and what is classified is masked for all but administrators', async () => {
  expect(await askSql('SELECT 1', { role: 'viewer' })).toMatchObject({
    code: 'operations.role-missing',
  });
  for (const table of [raw, view])
    expect(await askSql(`SELECT destination FROM ${table}`)).toMatchObject({
      ...{ code: 'operations.sql-refused', detail: expect.stringContaining(`${view}_masked`) },
    });
  const masked = await askSql(`SELECT DISTINCT destination FROM ${view}_masked`);
  expect(masked.rows).toEqual([[null]]);
  const whole = await askSql(`SELECT DISTINCT destination FROM ${raw}`, { role: 'admin' });
  expect(whole.rows).toEqual([['LAX']]);
});

const attacks: readonly ((names: { raw: string; database: string }) => string)[] = [
  () => 'DROP TABLE x',
  () => 'INSERT INTO x SELECT 1',
  () => 'SELECT 1; DROP TABLE x',
  () => 'SET max_execution_time = 0',
  () => 'SELECT 1 SETTINGS max_execution_time = 0',
  () => 'SELECT * FROM (SELECT 1 SETTINGS readonly = 0)',
  () => 'SELECT 1 FORMAT CSV',
  () => "SELECT 1 INTO OUTFILE 'x'",
  () => 'SELECT * FROM system.users',
  () => 'SELECT * FROM `system`.`query_log`',
  () => 'SELECT * FROM SYSTEM.tables',
  () => 'SELECT * FROM information_schema.tables',
  () => 'SELECT (SELECT count() FROM system.parts)',
  () => 'SELECT 1 WHERE 1 IN system.one',
  () => 'WITH a AS (SELECT * FROM system.one) SELECT * FROM a',
  () => 'SELECT 1 UNION ALL SELECT 1 FROM system.one',
  () => 'SELECT * FROM default.anything',
  ({ database }) => `SELECT * FROM ${database}.millrace_operations`,
  ({ raw: table }) => `SELECT 1 WHERE 'x' IN ${table}`,
  ({ raw: table }) => `SELECT (SELECT any(destination) FROM ${table})`,
  ({ raw: table }) => `WITH ${table} AS (SELECT 1) SELECT * FROM ${table}`,
  ({ raw: table }) => `SELECT * FROM \`${table}\``,
  ({ raw: table }) => `SELECT * FROM /* */ ${table} AS a`,
  ({ raw: table, database }) => `SELECT * FROM merge('${database}', '${table}')`,
  () => "SELECT * FROM url('http://127.0.0.1:1/x', 'CSV', 'a String')",
  () => "SELECT * FROM file('/etc/passwd', 'LineAsString')",
  () => "SELECT file('/etc/passwd')",
  () => "SELECT * FROM remote('127.0.0.1:1', system.one)",
  () => "SELECT * FROM s3('http://127.0.0.1:1/x')",
  () => "SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')",
  () => "SELECT * FROM cluster('default', system.one)",
  () => "SELECT * FROM executable('x', 'TSV', 'a String')",
  ({ raw: table }) => `SELECT * FROM loop(${table})`,
  ({ raw: table }) => `SELECT * FROM viewExplain('EXPLAIN', '', (SELECT * FROM ${table}))`,
  ({ raw: table }) => `SELECT * FROM view(SELECT * FROM ${table})`,
  ({ raw: table, database }) => `SELECT * FROM mergeTreeIndex('${database}', '${table}')`,
  ({ raw: table }) => `SELECT joinGet('${table}', 'destination', 'F1')`,
  () => "SELECT dictGet(concat('a', 'b'), 'c', 1)",
  () => "SELECT dictGet('system.x', 'c', 1)",
  () => "SELECT getServerSetting('max_connections')",
  () => 'SELECT addressToSymbol(1)',
  () => "SELECT getClientHTTPHeader('Authorization')",
  () => 'optimize = 1 SELECT 1',
  () => '/* */ graph = 1 SELECT 1',
  () => 'EXPLAIN PLAN SELECT 1',
  () => 'SHOW TABLES',
  () => 'SELECT {t: Identifier} FROM x',
];

test('no statement gets out of the box: nothing is written, nothing else is read', async () => {
  const passed: string[] = [];
  for (const attack of attacks) {
    const sql = attack({ raw, database: world.database.name });
    const { code } = await askSql(sql);
    if (code !== 'operations.sql-refused' && code !== 'operations.sql-failed') passed.push(sql);
  }
  expect(passed).toEqual([]);
  const away = await askSql('SELECT * FROM system.one', { role: 'admin' });
  expect(away).toMatchObject({ code: 'operations.sql-refused' });
});

test('what takes too much is ended, and what nobody waits for stops', async () => {
  expect(
    await askSql('SELECT sleepEachRow(1) FROM numbers(100) SETTINGS max_block_size = 1'),
  ).toMatchObject({
    code: 'operations.sql-refused',
  });
  expect(await askSql('SELECT groupArray(number) FROM numbers(1000000000)')).toMatchObject({
    code: 'operations.sql-limit',
  });
  const running = async () => {
    const [row] = await world.database.query<{ n: number }>(
      `SELECT count() AS n FROM system.processes WHERE query LIKE '%one_of_a_kind%' AND query NOT LIKE '%processes%'`,
    );
    return row?.n;
  };
  const gone = new AbortController();
  const asked = askSql(
    'SELECT count() AS one_of_a_kind FROM numbers(100000000000000) WHERE sipHash64(number) = 1',
    {
      signal: gone.signal,
    },
  ).catch(() => 'gone');
  await expect.poll(running).toBe(1);
  gone.abort();
  expect(await asked).toBe('gone');
  await expect.poll(running).toBe(0);
});
