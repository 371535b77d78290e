/**
 * Which offsets of a partition a fact table holds, asked in two ways: whole buckets against the sums that
 * they have when every offset is there once, so that a hundred million rows cost one scan and a handful of
 * numbers; and offset by offset where the sums differ.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { type OffsetRange, rangesOfBuckets } from './offset-ranges.ts';
import type { TopicLog } from './topic-log.ts';

export interface TableOfTopic {
  readonly clickhouse: Pick<ClickHouse, 'query'>;
  readonly table: string;
  readonly topic: string;
  /** Rows of other logs of the topic's name are not looked at. */
  readonly log: TopicLog;
  /**
   * Only parts that were written since, ms since 1970: rows that came lately, without a scan of the table. A merge may move a row while it is
   * looked for, so what seems missing then has to be looked for again without this.
   */
  readonly partsSinceMs?: number;
}

/** The parts that are looked at, as a condition; of a table of the MergeTree family on the server that is asked. */
const partsCondition = ({ partsSinceMs }: Pick<TableOfTopic, 'partsSinceMs'>): string =>
  partsSinceMs === undefined
    ? '1'
    : `_part IN (SELECT name FROM system.parts WHERE active AND database = currentDatabase()
         AND table = {table: String} AND modification_time >= fromUnixTimestamp64Milli({partsSince: Int64}))`;

/** Rows of the topic's log, in the parts that are looked at; the parameters are `paramsOf`. */
export const rowsOfLog = (table: Pick<TableOfTopic, 'partsSinceMs'>): string =>
  `_topic = {topic: String} AND _incarnation IN {incarnations: Array(Int64)} AND ${partsCondition(table)}`;

/** The parameters of `rowsOfLog` and `partsCondition`. */
export const paramsOf = ({ topic, log, table, partsSinceMs }: TableOfTopic) => ({
  ...{ topic, incarnations: log.incarnations, table },
  ...(partsSinceMs !== undefined && { partsSince: Math.floor(partsSinceMs) }),
});

interface BucketRow {
  readonly bucket: string;
  readonly hash: string;
}

/** Coarse first: only what differs is looked at again, in finer buckets. */
const BUCKET_SIZES = [1_000_000, 10_000] as const;

/**
 * Ranges within `[from, end)` that do not hold every offset exactly once, ascending. A sum of 64-bit hashes
 * over the rows tells one offset missing and another one double from both being right; numbers or their sum
 * alone would not.
 */
export async function differingRanges(
  table: TableOfTopic,
  partition: number,
  from: number,
  end: number,
): Promise<readonly OffsetRange[]> {
  let suspects: readonly OffsetRange[] = end > from ? [{ from, to: end - 1 }] : [];
  for (const size of BUCKET_SIZES) {
    const next: OffsetRange[] = [];
    for (const suspect of suspects) {
      const buckets = await differingBuckets(table, partition, suspect, size);
      next.push(...rangesOfBuckets(buckets, size, suspect.from, suspect.to + 1));
    }
    suspects = next;
  }
  return suspects;
}

async function differingBuckets(
  of: TableOfTopic,
  partition: number,
  { from, to }: OffsetRange,
  size: number,
): Promise<readonly number[]> {
  const { clickhouse, table } = of;
  const params = { ...paramsOf(of), partition, from, to, size };
  const [found, wanted] = await Promise.all([
    clickhouse.query<BucketRow>(
      `SELECT intDiv(_offset, {size: Int64}) AS bucket, sum(sipHash64(_offset)) AS hash
       FROM ${quoteIdentifier(table)}
       WHERE ${rowsOfLog(of)} AND _partition = {partition: Int32}
         AND _offset BETWEEN {from: Int64} AND {to: Int64} GROUP BY bucket`,
      params,
    ),
    clickhouse.query<BucketRow>(
      `SELECT intDiv(toInt64(number), {size: Int64}) AS bucket, sum(sipHash64(toInt64(number))) AS hash
       FROM numbers({from: UInt64}, {to: UInt64} - {from: UInt64} + 1) GROUP BY bucket ORDER BY bucket`,
      params,
    ),
  ]);
  const hashes = new Map(found.map(({ bucket, hash }) => [bucket, hash]));
  return wanted
    .filter(({ bucket, hash }) => hashes.get(bucket) !== hash)
    .map(({ bucket }) => Number(bucket));
}

/** How often the table holds each offset of the range that it holds at all. */
export async function offsetsInTable(
  of: TableOfTopic,
  partition: number,
  { from, to }: OffsetRange,
): Promise<ReadonlyMap<number, number>> {
  const { clickhouse, table } = of;
  const rows = await clickhouse.query<{ offset: string; rows: string }>(
    `SELECT _offset AS offset, count() AS rows FROM ${quoteIdentifier(table)}
     WHERE ${rowsOfLog(of)} AND _partition = {partition: Int32}
       AND _offset BETWEEN {from: Int64} AND {to: Int64} GROUP BY offset`,
    { ...paramsOf(of), partition, from, to },
  );
  return new Map(rows.map((row) => [Number(row.offset), Number(row.rows)]));
}

/** The first offset of each partition that the table holds. */
export async function firstOffsets({
  clickhouse,
  table,
  topic,
  log,
}: TableOfTopic): Promise<ReadonlyMap<number, number>> {
  const rows = await clickhouse.query<{ partition: number; first: string }>(
    `SELECT _partition AS partition, min(_offset) AS first FROM ${quoteIdentifier(table)}
     WHERE _topic = {topic: String} AND _incarnation IN {incarnations: Array(Int64)} GROUP BY partition`,
    { topic, incarnations: log.incarnations },
  );
  return new Map(rows.map((row) => [row.partition, Number(row.first)]));
}
