import type { ClickHouse } from '@millrace/clickhouse';
import { type AuditCheck, check } from './audit.ts';

/**
 * The proof for what the transforms made: each result is computed again by SQL over the facts, the slow
 * way, and must be the same. It compares; it repairs nothing.
 */

/** As in transforms/: a delay beyond this is refused. */
const DELAY_MINUTES_MAX = 300;
/** As in transforms/: more than this is late. */
const LATE_MINUTES = 15;
/** As in transforms/: without a late flight for so long, a session is over. */
const SESSION_GAP_MS = 6 * 3_600_000;

/** A sum may be called as what it sums. */
const ownNames = 'SETTINGS prefer_column_name_to_alias = 1';

/** Windows by airport that are not what the facts say: other figures, missing, or there without a flight. */
const differingWindows = `SELECT count() AS differing FROM (
  SELECT origin AS airport, toStartOfInterval(departed_at, INTERVAL 10 MINUTE) AS window_start,
    count() AS flights, countIf(delay_minutes > ${LATE_MINUTES}) AS late_flights,
    sum(delay_minutes) AS delay_minutes, max(delay_minutes) AS worst_delay_minutes
  FROM flights_departed WHERE abs(delay_minutes) <= ${DELAY_MINUTES_MAX} GROUP BY airport, window_start
) AS facts FULL OUTER JOIN flights_delays_by_airport AS made
  ON made.airport = facts.airport AND made.window_start = facts.window_start
WHERE (made.flights, made.late_flights, made.delay_minutes, made.worst_delay_minutes)
  != (facts.flights, facts.late_flights, facts.delay_minutes, facts.worst_delay_minutes)
${ownNames}`;

/** Sessions by route that are not what the facts say. A session begins where the flight before is too long ago. */
const differingSessions = `SELECT count() AS differing FROM (
  SELECT origin, destination, min(at) AS started_at, max(at) AS ended_at, count() AS late_flights,
    sum(delay) AS delay_minutes
  FROM (
    SELECT origin, destination, at, delay, sum(begins) OVER
      (PARTITION BY origin, destination ORDER BY at ROWS UNBOUNDED PRECEDING) AS session
    FROM (
      SELECT origin, destination, toUnixTimestamp64Milli(departed_at) AS at, delay_minutes AS delay,
        at - lagInFrame(at, 1, at - ${SESSION_GAP_MS + 1}) OVER
          (PARTITION BY origin, destination ORDER BY departed_at
           ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) > ${SESSION_GAP_MS} AS begins
      FROM flights_departed
      WHERE delay_minutes > ${LATE_MINUTES} AND delay_minutes <= ${DELAY_MINUTES_MAX}
    )
  ) GROUP BY origin, destination, session
) AS facts FULL OUTER JOIN flights_route_delay_sessions AS made
  ON made.origin = facts.origin AND made.destination = facts.destination
    AND toUnixTimestamp64Milli(made.started_at) = facts.started_at
WHERE (toUnixTimestamp64Milli(made.ended_at), made.late_flights, made.delay_minutes)
  != (facts.ended_at, facts.late_flights, facts.delay_minutes)
${ownNames}`;

const counts = `SELECT
  (SELECT count() FROM flights_departed WHERE abs(delay_minutes) > ${DELAY_MINUTES_MAX}) AS extreme,
  (SELECT count() FROM flights_refused_departures) AS refused,
  (SELECT count() FROM flights_delays_by_airport) AS windows,
  (SELECT count() FROM flights_route_delay_sessions) AS sessions`;

/** What the transforms made against what the facts say. */
export async function auditDerived(clickhouse: ClickHouse): Promise<AuditCheck[]> {
  const [of] = await clickhouse.query<Record<string, string>>(counts);
  const [windows] = await clickhouse.query<{ differing: string }>(differingWindows);
  const [sessions] = await clickhouse.query<{ differing: string }>(differingSessions);
  return [
    check('flights of extreme delay = refused', of?.['extreme'], of?.['refused']),
    check(`airports' ten minutes that differ, of ${of?.['windows']}`, 0, windows?.differing),
    check(`sessions of delay that differ, of ${of?.['sessions']}`, 0, sessions?.differing),
  ];
}
