/**
 * The questions of one round to ClickHouse's system tables. Each is small: the server answers from memory, but for the
 * newest time of a table, which is read from its newest part and only while that is small.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { quoteName } from '@millrace/contracts';
import {
  type BacklogFigures,
  type DiskFigures,
  type ProbedEvent,
  type ProbedFigures,
  probedEvents,
  type ReplicaFigures,
  type TableFigures,
} from './probe-metrics.ts';

/** Rows of a newest part whose times are still read in passing. */
const READ_ROWS_MAX = 1_000_000;

interface PartsRow {
  readonly table: string;
  readonly rows: string;
  readonly bytes: string;
  readonly parts: string;
  readonly partition_parts: string;
  readonly newest: string;
  readonly newest_rows: string;
}

const newestMs = async (
  clickhouse: ClickHouse,
  table: string,
  part: string,
): Promise<number | undefined> => {
  const [row] = await clickhouse.query<{ ms: string }>(
    `SELECT toUnixTimestamp64Milli(max(_ingested_at)) AS ms FROM ${quoteName(table)} WHERE _part = {part: String}`,
    { part },
  );
  // a part that was merged away meanwhile is no part any more
  return row === undefined || Number(row.ms) <= 0 ? undefined : Number(row.ms);
};

/** Sizes, parts and the newest time of each table that has rows. */
export const askTables = async (
  clickhouse: ClickHouse,
  tables: readonly string[],
): Promise<readonly TableFigures[]> => {
  const rows = await clickhouse.query<PartsRow>(
    `SELECT table, sum(r) AS rows, sum(b) AS bytes, sum(n) AS parts, max(n) AS partition_parts,
       argMax(name_of_last, last) AS newest, argMax(rows_of_last, last) AS newest_rows
     FROM (
       SELECT table, partition_id, count() AS n, sum(rows) AS r, sum(bytes_on_disk) AS b, max(max_block_number) AS last,
         argMax(name, max_block_number) AS name_of_last, argMax(rows, max_block_number) AS rows_of_last
       FROM system.parts
       WHERE database = {database: String} AND table IN {tables: Array(String)} AND active
       GROUP BY table, partition_id
     ) GROUP BY table ORDER BY table`,
    { database: clickhouse.database, tables },
  );
  return Promise.all(
    rows.map(async (row): Promise<TableFigures> => {
      const isSmall = Number(row.newest_rows) <= READ_ROWS_MAX;
      const ingestedMs = isSmall ? await newestMs(clickhouse, row.table, row.newest) : undefined;
      return {
        table: row.table,
        rows: Number(row.rows),
        bytes: Number(row.bytes),
        parts: Number(row.parts),
        partitionPartsMax: Number(row.partition_parts),
        ...(ingestedMs === undefined ? {} : { ingestedMs }),
      };
    }),
  );
};

const numbers = <Key extends string>(
  row: Readonly<Record<Key, string | number>>,
  ...keys: readonly Key[]
): Record<Key, number> =>
  Object.fromEntries(keys.map((key) => [key, Number(row[key])])) as Record<Key, number>;

/** Merges and mutations under way, of every table. */
export const askBacklogs = async (
  clickhouse: ClickHouse,
  tables: readonly string[],
): Promise<readonly BacklogFigures[]> => {
  const params = { database: clickhouse.database, tables };
  const here = 'database = {database: String} AND table IN {tables: Array(String)}';
  const [merges, mutations] = await Promise.all([
    clickhouse.query<{ table: string; merges: string; seconds: number }>(
      `SELECT table, count() AS merges, max(elapsed) AS seconds FROM system.merges WHERE ${here} GROUP BY table`,
      params,
    ),
    clickhouse.query<{ table: string; pending: string; failed: string }>(
      `SELECT table, count() AS pending, countIf(latest_fail_reason != '') AS failed
       FROM system.mutations WHERE ${here} AND NOT is_done GROUP BY table`,
      params,
    ),
  ]);
  return tables.map((table) => {
    const merging = merges.find((one) => one.table === table);
    const mutating = mutations.find((one) => one.table === table);
    return {
      table,
      merges: Number(merging?.merges ?? 0),
      mergeSecondsMax: merging?.seconds ?? 0,
      mutations: Number(mutating?.pending ?? 0),
      failedMutations: Number(mutating?.failed ?? 0),
    };
  });
};

/** Of replicated tables; the list is empty where there are none. */
export const askReplicas = async (
  clickhouse: ClickHouse,
  tables: readonly string[],
): Promise<readonly ReplicaFigures[]> => {
  const rows = await clickhouse.query<{
    table: string;
    is_readonly: number;
    queue: string;
    delay: string;
  }>(
    `SELECT table, is_readonly, queue_size AS queue, absolute_delay AS delay FROM system.replicas
     WHERE database = {database: String} AND table IN {tables: Array(String)}`,
    { database: clickhouse.database, tables },
  );
  return rows.map((row) => {
    const { queue, delay } = numbers(row, 'queue', 'delay');
    return { table: row.table, isReadonly: row.is_readonly === 1, queue, delaySeconds: delay };
  });
};

/** Space of the server's own disks. */
export const askDisks = async (clickhouse: ClickHouse): Promise<readonly DiskFigures[]> => {
  const rows = await clickhouse.query<{ disk: string; free: string; total: string }>(
    'SELECT name AS disk, free_space AS free, total_space AS total FROM system.disks ORDER BY name LIMIT 20',
  );
  return rows.map((row) => {
    const { free, total } = numbers(row, 'free', 'total');
    return { disk: row.disk, freeBytes: free, totalBytes: total };
  });
};

/** The server's counters; one that never happened is 0. */
export const askEvents = async (
  clickhouse: ClickHouse,
): Promise<Readonly<Record<ProbedEvent, number>>> => {
  const rows = await clickhouse.query<{ event: ProbedEvent; value: string }>(
    'SELECT event, value FROM system.events WHERE event IN {events: Array(String)}',
    { events: probedEvents },
  );
  const countOf = (event: ProbedEvent) => rows.find((row) => row.event === event)?.value ?? 0;
  return Object.fromEntries(probedEvents.map((event) => [event, Number(countOf(event))])) as Record<
    ProbedEvent,
    number
  >;
};

/** Dictionaries and refreshable views that failed. */
export const askFailedObjects = async (clickhouse: ClickHouse): Promise<number> => {
  const [row] = await clickhouse.query<{ failed: string }>(
    `SELECT (SELECT count() FROM system.dictionaries WHERE database = {database: String} AND last_exception != '')
          + (SELECT count() FROM system.view_refreshes WHERE database = {database: String} AND exception != '') AS failed`,
    { database: clickhouse.database },
  );
  return Number(row?.failed ?? 0);
};

/** Where the server refuses inserts; a table's own setting is not looked for. */
export const askPartsToThrow = async (
  clickhouse: ClickHouse,
): Promise<Required<Pick<ProbedFigures, 'partsToThrow'>>> => {
  const [row] = await clickhouse.query<{ value: string }>(
    "SELECT value FROM system.merge_tree_settings WHERE name = 'parts_to_throw_insert'",
  );
  return { partsToThrow: Number(row?.value) };
};
