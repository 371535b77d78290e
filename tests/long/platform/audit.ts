/**
 * Whether ClickHouse holds what was sent: each event once, the dimension as its table is, and what the transform made as
 * the facts say, computed again the slow way. It compares and repairs nothing.
 */
import type { ClickHouseDatabase, PostgresDatabase } from '@millrace/testkit';
import { expect } from 'vitest';

export interface Totals {
  /** Rows of the raw table of facts, one a record of the topic. */
  readonly records: number;
  readonly positions: number;
  readonly flights: number;
  /** What an analyst counts. */
  readonly viewed: number;
  /** Flights that the results of the transform count. */
  readonly counted: number;
  readonly refused: number;
}

export const totals = async (database: ClickHouseDatabase): Promise<Totals> => {
  const [row] = await database.query<Totals>(`SELECT
    (SELECT count() FROM flights_departed_raw) AS records,
    (SELECT uniqExact(_topic, _partition, _offset) FROM flights_departed_raw) AS positions,
    (SELECT uniqExact(flight_id) FROM flights_departed_raw) AS flights,
    (SELECT count() FROM flights_departed) AS viewed,
    (SELECT sum(flights) FROM flights_delays_by_airport) AS counted,
    (SELECT count() FROM flights_refused_departures) AS refused`);
  return row as Totals;
};

export interface Arrived {
  /** Distinct flights in the table of facts. */
  readonly flights: number;
  /** Flights that the transform's results count, refused ones among them. */
  readonly counted: number;
  /** Commit of the newest change that the dimension has; 0 before the first. */
  readonly newestChangeMs: number;
}

/** What is quick to ask for. */
export const arrived = async (database: ClickHouseDatabase): Promise<Arrived> => {
  const [row] = await database.query<Arrived>(`SELECT
    (SELECT uniqExact(flight_id) FROM flights_departed_raw) AS flights,
    (SELECT sum(flights) FROM flights_delays_by_airport)
      + (SELECT count() FROM flights_refused_departures) AS counted,
    (SELECT toUnixTimestamp64Milli(max(_committed_at)) FROM airports_raw) AS newestChangeMs`);
  return row as Arrived;
};

/** Windows whose figures are not those of the records on the topic, missing ones and made up ones among them. */
const differingWindows = `SELECT count() AS differing FROM (
  SELECT origin AS airport, toStartOfInterval(departed_at, INTERVAL 10 MINUTE) AS window_start, count() AS flights,
    countIf(delay_minutes > 15) AS late_flights, sum(delay_minutes) AS delay_minutes,
    max(delay_minutes) AS worst_delay_minutes
  FROM flights_departed_raw WHERE abs(delay_minutes) <= 300 GROUP BY airport, window_start
) AS facts FULL OUTER JOIN flights_delays_by_airport AS made
  ON made.airport = facts.airport AND made.window_start = facts.window_start
WHERE (made.flights, made.late_flights, made.delay_minutes, made.worst_delay_minutes)
  != (facts.flights, facts.late_flights, facts.delay_minutes, facts.worst_delay_minutes)
SETTINGS prefer_column_name_to_alias = 1`;

export const windowsThatDiffer = async (database: ClickHouseDatabase): Promise<number> => {
  const [row] = await database.query<{ differing: number }>(differingWindows);
  return (row as { differing: number }).differing;
};

const airports =
  'SELECT iata, name, city, state, country, latitude, longitude FROM airports ORDER BY iata';

export const dimension = (database: ClickHouseDatabase): Promise<readonly unknown[]> =>
  database.query(airports);

export const sourceTable = async (database: PostgresDatabase): Promise<readonly unknown[]> =>
  (await database.query(`${airports} COLLATE "C"`)).rows;

/** How long events stood on their topic before they could be queried, p50 / p99 / worst, ms; of those put there from then to then. */
export const freshness = async (
  database: ClickHouseDatabase,
  fromMs: number,
  toMs: number,
): Promise<string> => {
  const [row] = await database.query<{ p50: number; p99: number; worst: number }>(
    `SELECT toInt32(quantileExact(0.5)(ms)) AS p50, toInt32(quantileExact(0.99)(ms)) AS p99, toInt32(max(ms)) AS worst
     FROM (SELECT toUnixTimestamp64Milli(_produced_at) AS at, toUnixTimestamp64Milli(_ingested_at) - at AS ms
           FROM flights_departed_raw WHERE at BETWEEN ${fromMs} AND ${toMs})`,
  );
  return `events ${row?.p50} / ${row?.p99} / ${row?.worst}`;
};

/**
 * Waits until all is there, and fails when it does not come to be so: each event once for an analyst, each record of the
 * topic once in the table, each counted once by the transform in its window, the dimension as its table.
 */
export async function expectExact(
  of: {
    readonly warehouse: ClickHouseDatabase;
    readonly database: PostgresDatabase;
    /** Events that the door took. */
    readonly accepted: number;
  },
  patience: { readonly timeout: number; readonly interval: number },
): Promise<void> {
  const { warehouse, database, accepted } = of;
  const standing = async () => {
    const { records, positions, flights, viewed, counted, refused } = await totals(warehouse);
    const results = counted + refused - records;
    return { flights, viewed, twiceInTheTable: records - positions, results };
  };
  await expect
    .poll(standing, patience)
    .toEqual({ flights: accepted, viewed: accepted, twiceInTheTable: 0, results: 0 });
  await expect.poll(() => windowsThatDiffer(warehouse), patience).toBe(0);
  const table = await sourceTable(database);
  await expect.poll(() => dimension(warehouse), patience).toEqual(table);
}
