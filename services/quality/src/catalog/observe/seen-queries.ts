/** Who asked which view, by the server's log of queries, where there is one and it may be read. */

import type { Seen } from '@millrace/catalog';
import type { ClickHouse } from '@millrace/clickhouse';

interface QueryRow {
  readonly asked: string;
  readonly user: string;
  readonly last_ms: string;
}

/**
 * Users by table or view, of queries that ended well after `sinceMs`; our own services are left out. Rejects with `clickhouse.…`,
 * also where the log is switched off.
 */
export const readSeenQueries = async (
  clickhouse: ClickHouse,
  sinceMs: number,
): Promise<ReadonlyMap<string, readonly Seen[]>> => {
  const rows = await clickhouse.query<QueryRow>(
    `SELECT arrayJoin(tables) AS asked, user, toUnixTimestamp64Milli(max(event_time_microseconds)) AS last_ms
       FROM system.query_log
      WHERE event_date >= toDate(fromUnixTimestamp64Milli({since:Int64})) AND type = 'QueryFinish' AND is_initial_query
        AND event_time_microseconds > fromUnixTimestamp64Milli({since:Int64}) AND query_kind = 'Select'
        AND NOT startsWith(http_user_agent, 'millrace')
      GROUP BY asked, user HAVING startsWith(asked, concat(currentDatabase(), '.'))
      LIMIT 10000 SETTINGS max_execution_time = 10, max_threads = 2`,
    { since: sinceMs },
  );
  const found = new Map<string, Seen[]>();
  for (const { asked, user, last_ms } of rows) {
    const table = asked.slice(asked.indexOf('.') + 1).replaceAll('`', '');
    const seen: Seen = { name: user, kind: 'query', lastMs: Number(last_ms) };
    found.set(table, [...(found.get(table) ?? []), seen]);
  }
  return found;
};
