/**
 * What can be proved of clusters without one: the server reads every statement of the golden files, and a
 * Distributed table hands the token of an insert on, so that a repeat is dropped where the rows are kept.
 */
import { readFile } from 'node:fs/promises';
import { type ClickHouse, createClickHouse, splitStatements } from '@millrace/clickhouse';
import { type ClickHouseDatabase, createClickHouseDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('cluster');
  clickhouse = createClickHouse({ url: database.url });
});
afterAll(async () => {
  await clickhouse.close();
  await database.drop();
});

const golden = (name: string) =>
  readFile(new URL(`../../../contracts/src/warehouse/golden/${name}.sql`, import.meta.url), 'utf8');

/** Resolves when the server can read the statement; nothing of it is carried out. */
const parse = (statement: string) => clickhouse.exec(`EXPLAIN AST ${statement}`);

test.each(['replicated', 'sharded'])('the server reads each statement of %s.sql', async (name) => {
  const statements = splitStatements(await golden(name));
  expect(statements.length).toBeGreaterThan(4);
  for (const statement of statements) await parse(statement);
  const broken = statements[0]!.replace('ON CLUSTER `analytics`', 'ON CLUSTER');
  await expect(parse(broken)).rejects.toThrow(/syntax/i);
});

test('the server reads the statement that brings replicas into step', async () => {
  const statement = 'SYSTEM SYNC REPLICA ON CLUSTER `analytics` `flights_raw` LIGHTWEIGHT';
  await parse(statement);
});

test('an insert that is repeated through a Distributed table is there once, by its token', async () => {
  await database.execute(
    `CREATE TABLE kept (k Int32, p Int32) ENGINE = MergeTree ORDER BY k
     SETTINGS non_replicated_deduplication_window = 10000`,
  );
  const [server] = await database.query<{ port: number }>(
    `SELECT getServerPort('tcp_port') AS port`,
  );
  await database.execute(
    `CREATE TABLE spread AS remote('127.0.0.1:${server!.port}', '${database.name}', 'kept', p)`,
  );
  const insert = (token: string) =>
    clickhouse.insert({
      statement: 'INSERT INTO spread (k, p) FORMAT CSV',
      body: Buffer.from('1,0\n2,1\n3,2\n'),
      token,
      // Over the wire as to another server, and answered when the rows are there.
      settings: { distributed_foreground_insert: 1, prefer_localhost_replica: 0 },
    });
  const count = async () =>
    (await database.query<{ n: number }>('SELECT count() AS n FROM kept'))[0];
  await insert('a');
  await insert('a');
  expect(await count()).toEqual({ n: 3 });
  await insert('b');
  expect(await count()).toEqual({ n: 6 });
});
