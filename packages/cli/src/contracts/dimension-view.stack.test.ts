import { readFileSync } from 'node:fs';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type Contract, parseProject, planTables } from '@millrace/contracts';
import { type ClickHouseDatabase, createClickHouseDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/**
 * The example's dimension on the real server: what its view shows while versions and deletes lie unmerged
 * in the raw table.
 */
const root = new URL('../../../../', import.meta.url);

const airports = (): Contract => {
  const files = ['schemas/flights/airports.avsc', 'schemas/flights/airports.odcs.yaml'];
  const { contracts } = parseProject(
    files.map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') })),
  );
  return contracts[0]!;
};

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('dimension');
  clickhouse = createClickHouse({ url: database.url });
  for (const { action } of planTables([airports()], [], clickhouse.database)) {
    await clickhouse.exec(action!.statement);
  }
  await clickhouse.exec('SYSTEM STOP MERGES airports_raw');
});

afterAll(async () => {
  await clickhouse.close();
  await database.drop();
});

const version = (lsn: string, offset: number) =>
  `bitOr(bitShiftLeft(toUInt128(${lsn}), 64), toUInt128(${offset}))`;

/** Each version is an insert of its own, so that it lies in a part of its own. */
const land = (iata: string, name: string, at: string, isDeleted = 0) =>
  clickhouse.exec(
    `INSERT INTO airports_raw (iata, name, country, latitude, longitude, _version, _is_deleted, _partition, _offset, _committed_at)
     SELECT '${iata}', '${name}', 'USA', 0, 0, ${at}, ${isDeleted}, 0, 0, 0`,
  );

const namesOf = async (where: string, settings = '') =>
  (
    await clickhouse.query<{ name: string }>(`SELECT name FROM airports WHERE ${where} ${settings}`)
  ).map(({ name }) => name);

describe('the view of a dimension', () => {
  test('shows the version that was committed last, whatever order they land in', async () => {
    await land('AAA', 'new', version('200', 7));
    await land('AAA', 'old', version('100', 9));
    expect(await namesOf("iata = 'AAA'")).toEqual(['new']);
  });

  test('breaks a tie of one commit by the Kafka offset', async () => {
    await land('TIE', 'second', version('100', 2));
    await land('TIE', 'first', version('100', 1));
    expect(await namesOf("iata = 'TIE'")).toEqual(['second']);
  });

  test('orders positions beyond 64 bits together with offsets', async () => {
    await land('BIG', 'late', version('18446744073709551615', 1));
    await land('BIG', 'early', version('18446744073709551614', 9_000_000_000_000));
    expect(await namesOf("iata = 'BIG'")).toEqual(['late']);
  });

  test('hides a row that was deleted at the source, and shows it again when it comes back', async () => {
    await land('DEL', 'here', version('100', 1));
    await land('DEL', '', version('200', 2), 1);
    expect(await namesOf("iata = 'DEL'")).toEqual([]);
    await land('DEL', 'late arrival of the first', version('100', 1));
    expect(await namesOf("iata = 'DEL'")).toEqual([]);
    await land('DEL', 'back', version('300', 3));
    expect(await namesOf("iata = 'DEL'")).toEqual(['back']);
  });

  test('never finds an older version by a condition on what has changed', async () => {
    await land('PRE', 'before', version('100', 1));
    await land('PRE', 'after', version('200', 2));
    const where = "iata = 'PRE' AND name = 'before'";
    expect(await namesOf(where)).toEqual([]);
    expect(await namesOf(where, 'SETTINGS optimize_move_to_prewhere_if_final = 1')).toEqual([]);
    await expect(
      clickhouse.query("SELECT name FROM airports PREWHERE name = 'before'"),
    ).rejects.toThrow(/PREWHERE/);
    const trap = await clickhouse.query<{ name: string }>(
      "SELECT name FROM airports_raw FINAL PREWHERE name = 'before' WHERE iata = 'PRE'",
    );
    expect(trap).toEqual([{ name: 'before' }]);
  });
});
