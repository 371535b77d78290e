import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  startFaultProxy,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { rejectionOf } from './classify-error.ts';
import type { ClickHouse } from './clickhouse.ts';
import { createClickHouse } from './connect-clickhouse.ts';
import { describeTable } from './describe-table.ts';
import { quoteIdentifier, quoteLiteral } from './index.ts';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('clickhouse_test');
  clickhouse = createClickHouse({ url: database.url });
});
afterAll(async () => {
  await clickhouse.close();
  await database.drop();
});

const rowsAsJson = (from: number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => `{"id":${from + at}}`).join('\n'));

const createTable = async (): Promise<string> => {
  const table = uniqueName('t');
  await clickhouse.exec(
    `CREATE TABLE ${table} (id Int64) ENGINE = MergeTree ORDER BY id
     SETTINGS non_replicated_deduplication_window = 100`,
  );
  return table;
};

const countRows = async (table: string): Promise<number> => {
  const [row] = await clickhouse.query<{ count: string }>(`SELECT count() AS count FROM ${table}`);
  return Number(row?.count);
};

const insertInto = (table: string) => `INSERT INTO ${table} FORMAT JSONEachRow`;

test('the same token lands rows once, another token again', async () => {
  const table = await createTable();
  const insert = (token: string) =>
    clickhouse.insert({ statement: insertInto(table), body: rowsAsJson(0, 3), token });
  await insert('a');
  await insert('a');
  expect(await countRows(table)).toBe(3);
  await insert('b');
  expect(await countRows(table)).toBe(6);
});

test('an insert is never queued by the server, whatever its default or the caller says', async () => {
  const table = await createTable();
  const statement = `INSERT INTO ${table} SELECT toInt64(getSetting('async_insert'))
    FROM input('id Int64') FORMAT JSONEachRow`;
  const settings = { async_insert: 1 };
  await clickhouse.insert({ statement, body: rowsAsJson(0, 1), token: 'a', settings });
  expect(await clickhouse.query(`SELECT id FROM ${table}`)).toEqual([{ id: '0' }]);
});

test('one insert of many rows is one part, so that its token covers all of it', async () => {
  const table = await createTable();
  const pieces = [rowsAsJson(0, 100_000), Buffer.from('\n'), rowsAsJson(100_000, 100_000)];
  const body = { bytes: Buffer.concat(pieces).length, pieces: () => pieces };
  await clickhouse.insert({ statement: insertInto(table), body, token: 'a' });
  await clickhouse.insert({ statement: insertInto(table), body, token: 'a' });
  expect(await countRows(table)).toBe(200_000);
  const parts = await clickhouse.query(
    `SELECT name FROM system.parts WHERE database = currentDatabase() AND table = {table: String}`,
    { table },
  );
  expect(parts).toHaveLength(1);
});

/** ClickHouse behind a proxy, with a timeout of the test's choice. */
const behindProxy = async (requestTimeoutMs: number) => {
  const proxy = await startFaultProxy({ target: database.url });
  const through = createClickHouse({ url: proxy.url, requestTimeoutMs });
  onTestFinished(async () => {
    await through.close();
    await proxy.close();
  });
  return { proxy, through };
};

const unknownOutcome = { code: 'clickhouse.outcome-unknown', retryable: true };

test.each([
  ['INSERT … FORMAT', (table: string) => insertInto(table)],
  [
    'INSERT … SELECT FROM input()',
    (table: string) => `INSERT INTO ${table} SELECT id FROM input('id Int64') FORMAT JSONEachRow`,
  ],
])(
  '%s whose answer is lost has an unknown outcome; its repetition adds nothing, also behind a view',
  async (_, statementFor) => {
    const table = await createTable();
    await clickhouse.exec(
      `CREATE TABLE ${table}_sum (total Int64) ENGINE = SummingMergeTree ORDER BY tuple()
       SETTINGS non_replicated_deduplication_window = 100;
     CREATE MATERIALIZED VIEW ${table}_view TO ${table}_sum AS SELECT sum(id) AS total FROM ${table}`,
    );
    const { proxy, through } = await behindProxy(60_000);
    const insert = { statement: statementFor(table), body: rowsAsJson(1, 3), token: 'lost' };

    proxy.dropResponses();
    const outcome = expect(through.insert(insert)).rejects.toMatchObject(unknownOutcome);
    await expect.poll(() => proxy.droppedBytes()).toBeGreaterThan(0);
    proxy.cut();
    await outcome;
    expect(await countRows(table)).toBe(3);

    await clickhouse.insert(insert);
    expect(await countRows(table)).toBe(3);
    expect(await clickhouse.query(`SELECT sum(total) AS total FROM ${table}_sum`)).toEqual([
      { total: '6' },
    ]);
  },
);

test('an insert that is cut off on its way lands not at all', async () => {
  const table = await createTable();
  const { proxy, through } = await behindProxy(60_000);
  proxy.delay(5);
  // Each row is whole in itself: only the announced length tells that some are missing.
  const body = rowsAsJson(0, 1_000_000);
  const insert = through.insert({ statement: insertInto(table), body, token: 'cut' });
  const outcome = expect(insert).rejects.toMatchObject(unknownOutcome);
  const running = () =>
    clickhouse.query(`SELECT 1 FROM system.processes WHERE query LIKE 'INSERT INTO ${table}%'`);
  await expect.poll(() => proxy.connections()).toBeGreaterThan(0);
  await expect.poll(running).toHaveLength(1);
  proxy.cut();
  await outcome;
  await expect.poll(running).toHaveLength(0);
  expect(await countRows(table)).toBe(0);
});

test('a server that hangs: an insert has an unknown outcome, a read is unavailable', async () => {
  const table = await createTable();
  const { proxy, through } = await behindProxy(300);
  proxy.stall();
  const insert = { statement: insertInto(table), body: rowsAsJson(0, 1), token: 'a' };
  await expect(through.insert(insert)).rejects.toMatchObject(unknownOutcome);
  await expect(through.query('SELECT 1')).rejects.toMatchObject({
    code: 'clickhouse.unavailable',
    retryable: true,
  });
  expect(await through.ping()).toBe(false);
  proxy.restore();
  await expect.poll(() => through.ping()).toBe(true);
});

test('a server that is not there is unavailable, for every operation', async () => {
  const nowhere = createClickHouse({ url: 'http://127.0.0.1:1/none' });
  const unavailable = { code: 'clickhouse.unavailable', retryable: true };
  const insert = { statement: insertInto('t'), body: rowsAsJson(0, 1), token: 'a' };
  await expect(nowhere.insert(insert)).rejects.toMatchObject(unavailable);
  await expect(nowhere.exec('SELECT 1')).rejects.toMatchObject(unavailable);
  await expect(nowhere.query('SELECT 1')).rejects.toMatchObject(unavailable);
  expect(await nowhere.ping()).toBe(false);
});

const rejection = async (run: Promise<unknown>): Promise<{ message: string; details: unknown }> => {
  const error = await run.then(() => undefined).catch((thrown: unknown) => thrown);
  return { message: String((error as Error).message), details: rejectionOf(error) };
};

test('a row that does not fit is named by its number, and its content stays out of the message', async () => {
  const table = await createTable();
  const body = Buffer.from('{"id":1}\n{"id":2}\n{"id":"secret"}');
  const insert = { statement: insertInto(table), body, token: 'a' };
  const { message, details } = await rejection(clickhouse.insert(insert));
  expect(details).toMatchObject({ fault: 'data', rowNumber: 3 });
  expect(message).not.toContain('secret');
  expect(await countRows(table)).toBe(0);
});

test('an error that comes behind a status of 200 is an error', async () => {
  const table = await createTable();
  await clickhouse.exec(
    `CREATE TABLE ${table}_to (id Int64) ENGINE = MergeTree ORDER BY id;
     CREATE MATERIALIZED VIEW ${table}_view TO ${table}_to AS
       SELECT id + throwIf(sleepEachRow(0.2) = 0 AND id = 3) AS id FROM ${table}`,
  );
  // These settings make the server send its status line before the work is done.
  const settings = {
    wait_end_of_query: 0,
    send_progress_in_http_headers: 1,
    http_headers_progress_interval_ms: 10,
  };
  const insert = { statement: insertInto(table), body: rowsAsJson(1, 3), token: 'a', settings };
  const { details } = await rejection(clickhouse.insert(insert));
  expect(details).toMatchObject({ serverCode: 395 });
});

test('an answer that breaks off in an error is of unknown outcome, and so is one with text in it', async () => {
  // An INSERT answers nothing, so SELECTs stand in for a server that says something after its 200.
  const body = Buffer.alloc(0);
  const settings = { wait_end_of_query: 0 };
  const statement = 'SELECT throwIf(number = 3000000) FROM numbers(3000001) FORMAT TSV';
  await expect(clickhouse.insert({ statement, body, token: 'a', settings })).rejects.toMatchObject(
    unknownOutcome,
  );
  await expect(
    clickhouse.insert({ statement: 'SELECT 1', body, token: 'b' }),
  ).rejects.toMatchObject(unknownOutcome);
});

test('a statement that does not fit is a fault of the statement', async () => {
  const insert = { statement: insertInto('absent'), body: rowsAsJson(0, 1), token: 'a' };
  const { details } = await rejection(clickhouse.insert(insert));
  expect(details).toMatchObject({ serverCode: 60, fault: 'statement' });
});

test('values beyond 2^53 come as text, and parameters are quoted by the server', async () => {
  const rows = await clickhouse.query(`SELECT {big: UInt64} AS big, {text: String} AS text`, {
    big: '18446744073709551615',
    text: "it's; DROP",
  });
  expect(rows).toEqual([{ big: '18446744073709551615', text: "it's; DROP" }]);
});

test('names and text survive quoting, whatever they hold', async () => {
  const odd = 'a`b\\c\'d"e;f\n—🛩';
  const [row] = await clickhouse.query<Record<string, string>>(
    `SELECT ${quoteLiteral(odd)} AS ${quoteIdentifier(odd)}`,
  );
  expect(row).toEqual({ [odd]: odd });
});

test('a table is described as the server has it; an absent one is undefined', async () => {
  const table = uniqueName('t');
  await clickhouse.exec(
    `CREATE TABLE ${table} (
       id Int32 COMMENT 'the key; of it',
       at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
       source LowCardinality(String) DEFAULT 'x',
       version UInt64,
       INDEX known source TYPE set(100) GRANULARITY 2
     ) ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(at) ORDER BY (id, source)
     TTL toDateTime(at) + INTERVAL 300 YEAR
     SETTINGS non_replicated_deduplication_window = 7 COMMENT 'it''s a table'`,
  );
  expect(await describeTable(clickhouse, table)).toEqual({
    name: table,
    columns: [
      { name: 'id', type: 'Int32', comment: 'the key; of it' },
      { name: 'at', type: "DateTime64(3, 'UTC')", codec: 'Delta(8), ZSTD(1)' },
      { name: 'source', type: 'LowCardinality(String)', defaultExpression: "'x'" },
      { name: 'version', type: 'UInt64' },
    ],
    engine: 'ReplacingMergeTree(version)',
    sortingKey: 'id, source',
    partitionKey: 'toYYYYMM(at)',
    ttl: 'toDateTime(at) + toIntervalYear(300)',
    comment: "it's a table",
    indexes: [{ name: 'known', column: 'source', type: 'set(100)', granularity: 2 }],
    settings: expect.objectContaining({ non_replicated_deduplication_window: '7' }),
  });
  expect(await describeTable(clickhouse, 'absent')).toBeUndefined();
});
