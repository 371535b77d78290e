/** Lag over time: a row for each group and topic a few times a minute into ClickHouse, and the series back out of it. */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, quoteName } from '@millrace/contracts';
import type { LagHistory } from '@millrace/operations';
import type { History } from '../history/history.ts';
import type { HistoryTable } from '../history/history-table.ts';
import type { LagSight } from './lag-watcher.ts';

export const lagTable: HistoryTable = {
  name: 'millrace_consumer_lag',
  columns: {
    consumer_group: 'LowCardinality(String)',
    topic: 'LowCardinality(String)',
    records: 'UInt64 CODEC(T64, ZSTD(1))',
    seconds: 'Nullable(Float64) CODEC(ZSTD(1))',
    consumed_per_second: 'Nullable(Float64) CODEC(ZSTD(1))',
    state: 'LowCardinality(String)',
  },
  orderBy: ['consumer_group', 'topic'],
  comment: 'How far consumer groups were behind, by topic. Written by the quality service.',
};

/** Groups and topics in their thousands are written less often. */
const ROWS_PER_SECOND_MAX = 100;
const POINTS = 300;

export interface LagLog {
  append(sight: LagSight): void;
  /** Rejects with `clickhouse.…`; empty series for a group that is not known. */
  read(group: string, topic: string | undefined, hours: number): Promise<LagHistory>;
  /** Groups that consumed in the last day. */
  alive(): Promise<ReadonlySet<string>>;
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

const rowsOf = ({ atMs, groups }: LagSight) =>
  [...groups.values()].flatMap(({ groupId, topics }) =>
    [...topics].map(([topic, { totals }]) => ({
      ...{ atMs, consumer_group: groupId, topic, records: totals.records, state: totals.state },
      seconds: orNull(totals.ageMs / 1000),
      consumed_per_second: orNull(totals.consumedPerSecond),
    })),
  );

/** The table comes with the first row. */
const isMissing = (error: unknown): boolean =>
  error instanceof MillraceError && /UNKNOWN_TABLE|does not exist/.test(error.message);

export const createLagLog = (history: History, clickhouse: ClickHouse, everyMs: number): LagLog => {
  const log = history.table(lagTable);
  let nextMs = Number.NEGATIVE_INFINITY;
  const table = quoteName(lagTable.name);

  const query = async <Row>(statement: string, params: Readonly<Record<string, unknown>> = {}) => {
    try {
      return await clickhouse.query<Row>(statement, params);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  };

  return {
    append(sight) {
      // a round that comes a little early does not wait for another
      if (sight.atMs < nextMs - everyMs / 10) return;
      const rows = rowsOf(sight);
      nextMs = sight.atMs + Math.max(everyMs, (rows.length / ROWS_PER_SECOND_MAX) * 1000);
      log.append(rows);
    },
    async read(group, topic, hours) {
      const step = Math.ceil(Math.max(everyMs / 1000, (hours * 3600) / POINTS));
      const rows = await query<{ atMs: number; records: number; seconds: number | null }>(
        `SELECT toUnixTimestamp(bucket) * 1000 AS atMs, sum(mean) AS records, max(worst) AS seconds FROM (
           SELECT toStartOfInterval(at, toIntervalSecond({step:UInt32})) AS bucket, topic,
             avg(records) AS mean, max(seconds) AS worst FROM ${table}
           WHERE consumer_group = {group:String} AND at > now64(3) - toIntervalSecond({span:UInt32})
             AND ({topic:String} = '' OR topic = {topic:String}) GROUP BY bucket, topic)
         GROUP BY bucket ORDER BY bucket`,
        { ...{ step, group, topic: topic ?? '' }, span: Math.ceil(hours * 3600) },
      );
      const atMs = rows.map((row) => Number(row.atMs));
      return {
        group,
        records: { atMs, values: rows.map((row) => Number(row.records)) },
        seconds: { atMs, values: rows.map(({ seconds }) => seconds) },
      };
    },
    async alive() {
      const rows = await query<{ consumer_group: string }>(
        `SELECT DISTINCT consumer_group FROM ${table}
         WHERE at > now64(3) - INTERVAL 1 DAY AND consumed_per_second > 0`,
      );
      return new Set(rows.map((row) => row.consumer_group));
    },
  };
};
