/**
 * The how-to of Data Vault as it stands: its statements on the real server beside the example's tables,
 * filled before and after, repeated, and asked the same question as the contracts' views.
 */
import { readFileSync } from 'node:fs';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { parseProject, planTables } from '@millrace/contracts';
import { type ClickHouseDatabase, createClickHouseDatabase, sqlBlocks } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const blocks = sqlBlocks(read('docs/howto/data-vault.md'));
const statements = blocks.slice(0, -2);
const [kimball, vault] = blocks.slice(-2).map((text) => text.trim().replace(/;$/, ''));

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('vault');
  clickhouse = createClickHouse({ url: database.url });
  const files = ['airports.avsc', 'airports.odcs.yaml', 'departed.avsc', 'departed.odcs.yaml'];
  const { contracts } = parseProject(
    files.map((name) => ({
      path: `schemas/flights/${name}`,
      text: read(`schemas/flights/${name}`),
    })),
  );
  for (const { action } of planTables(contracts, [], clickhouse.database)) {
    await clickhouse.exec(action!.statement);
  }
});
afterAll(async () => {
  await clickhouse?.close();
  await database?.drop();
});

const landAirports = (version: number, from: number, count: number, isDeleted = 0) =>
  clickhouse.exec(
    `INSERT INTO airports_raw (iata, name, state, country, latitude, longitude, _version, _is_deleted, _committed_at)
     SELECT concat('A', toString(number)), 'of version ${version}', concat('S', toString((number + ${version}) % 7)), 'USA', 0, 0,
       ${version}, ${isDeleted}, ${version} FROM numbers(${from}, ${count})`,
  );

const landFlights = (from: number, count: number) =>
  clickhouse.exec(
    `INSERT INTO flights_departed_raw (flight_id, departed_at, delay_minutes, distance_miles, origin, destination, _partition, _offset, _produced_at)
     SELECT concat('F', toString(number)), number, number % 90, 100, concat('A', toString(number % 50)), concat('A', toString(number % 49)),
       0, number, 0 FROM numbers(${from}, ${count})`,
  );

test('the vault of the how-to answers as the contracts’ views do, whatever is repeated', async () => {
  await landAirports(1, 0, 50);
  await landFlights(0, 1_000);
  for (const text of statements) await clickhouse.exec(text);
  await landAirports(2, 10, 20);
  await landAirports(3, 15, 3, 1);
  await landFlights(1_000, 500);
  const expected = await clickhouse.query<object>(kimball!);
  expect(expected.length).toBeGreaterThan(3);
  expect(await clickhouse.query(vault!)).toEqual(expected);
  for (const text of statements) await clickhouse.exec(text);
  expect(await clickhouse.query(vault!)).toEqual(expected);
  const [{ airports, flights }] = (await clickhouse.query<{ airports: string; flights: string }>(
    'SELECT (SELECT uniqExact(iata) FROM hub_airport FINAL) AS airports, (SELECT count() FROM hub_flight FINAL) AS flights',
  )) as [{ airports: string; flights: string }];
  expect([airports, flights].map(Number)).toEqual([50, 1_500]);
});
