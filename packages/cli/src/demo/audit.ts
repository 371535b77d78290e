import type { ClickHouse } from '@millrace/clickhouse';
import type { Airport, AirportsDatabase } from './airports-database.ts';
import type { SentTotals } from './send-flights.ts';

/**
 * The demo's proof: what was sent is what can be queried, each flight once, and the dimension equals the
 * source table row by row. It compares; it repairs nothing.
 */
export interface AuditCheck {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly ok: boolean;
}

/** Holds when both are written alike. */
export const check = (name: string, expected: unknown, actual: unknown): AuditCheck => ({
  name,
  expected: String(expected),
  actual: String(actual),
  ok: String(expected) === String(actual),
});

interface FactTotals {
  readonly records: string;
  readonly flights: string;
  readonly delay_minutes: string;
  readonly distance_miles: string;
}

/** Facts: as many as acknowledged, none twice, the same sums. */
export async function auditFacts(clickhouse: ClickHouse, sent: SentTotals): Promise<AuditCheck[]> {
  const [facts] = await clickhouse.query<FactTotals>(
    `SELECT count() AS records, uniqExact(flight_id) AS flights,
       sum(delay_minutes) AS delay_minutes, sum(distance_miles) AS distance_miles
     FROM flights_departed`,
  );
  return [
    check('flights sent = facts', sent.records, facts?.records),
    check('distinct flights', sent.records, facts?.flights),
    check('sum of delay, minutes', sent.delayMinutes, facts?.delay_minutes),
    check('sum of distance, miles', sent.distanceMiles, facts?.distance_miles),
  ];
}

/** The dimension: the same keys and, per key, the same values as the source table. */
export async function auditDimension(
  clickhouse: ClickHouse,
  database: AirportsDatabase,
): Promise<AuditCheck[]> {
  const expected = await database.all();
  const actual = await clickhouse.query<Airport>(
    'SELECT iata, name, city, state, country, latitude, longitude FROM airports ORDER BY iata',
  );
  const byKey = new Map(actual.map((airport) => [airport.iata, airport]));
  const differing = expected.filter((airport) => !sameAirport(airport, byKey.get(airport.iata)));
  return [
    check('airports in PostgreSQL = in the dimension', expected.length, actual.length),
    check('airports that differ', 0, differing.length),
  ];
}

function sameAirport(one: Airport, other: Airport | undefined): boolean {
  return (
    other !== undefined &&
    one.name === other.name &&
    one.city === other.city &&
    one.state === other.state &&
    one.country === other.country &&
    one.latitude === other.latitude &&
    one.longitude === other.longitude
  );
}
