/** What one query tells of rows that landed since the last look: of each partition which offsets, and how fresh, by minute. */
import type { ClickHouse } from '@millrace/clickhouse';
import { quoteName, quoteText, type WarehouseContract } from '@millrace/contracts';
import type { TableOfTopic } from '@millrace/reconcile';
import { bucketSql } from './latency-sketch.ts';

export interface WantedRange {
  readonly partition: number;
  /** `[from, to)` */
  readonly from: number;
  readonly to: number;
}

export interface LandedPartition {
  readonly rows: number;
  readonly distinct: number;
  /** Of `offset - from`, and of its square. */
  readonly sum: bigint;
  readonly squares: bigint;
  /** Sum of `sipHash64(offset)`, modulo 2^64. */
  readonly hash: bigint;
  readonly minutes: readonly LandedMinute[];
  readonly lastEventMs: number;
  readonly lastQueryableMs: number;
}

export interface LandedMinute {
  readonly atMs: number;
  readonly rows: number;
  /** Rows that took longer than the objective; 0 without one. Rows that a snapshot read do not count, here and in latencies. */
  readonly late: number;
  readonly latencies: readonly (readonly [number, number])[];
}

/** One stream's question. */
export interface WantedFigures {
  readonly contract: WarehouseContract;
  readonly table: TableOfTopic;
  /** Not empty. */
  readonly ranges: readonly WantedRange[];
}

interface FigureRow {
  readonly stream: number;
  readonly isMinute: number;
  readonly partition: number;
  readonly minute: string;
  readonly rows: string;
  readonly distinctRows: string;
  readonly sum: string;
  readonly squares: string;
  readonly hash: string;
  readonly late: string;
  readonly latencies: readonly [readonly number[], readonly string[]];
  readonly lastEvent: string;
  readonly lastQueryable: string;
}

/** When the record was accepted, or its change committed, by the table's own columns. */
export const acceptedColumn = ({ warehouse }: WarehouseContract): string =>
  warehouse.role === 'dimension' ? '_committed_at' : '_produced_at';

const inRanges = (ranges: readonly WantedRange[]): string =>
  ranges
    .map(
      ({ partition, from, to }) =>
        `(_partition = ${partition} AND _offset >= ${from} AND _offset < ${to})`,
    )
    .join(' OR ');

/** Dimensions do not say which topic they are of: it is the contract's. */
const rowsOf = ({ contract, table }: WantedFigures): string => {
  const { log, partsSinceMs, topic } = table;
  const parts =
    partsSinceMs === undefined
      ? '1'
      : `_part IN (SELECT name FROM system.parts WHERE active AND database = currentDatabase()
           AND table = ${quoteText(table.table)} AND modification_time >= fromUnixTimestamp64Milli(${Math.floor(partsSinceMs)}))`;
  if (contract.warehouse.role === 'dimension') return parts;
  return `_topic = ${quoteText(topic)} AND _incarnation IN (${log.incarnations.join(', ')}) AND ${parts}`;
};

/**
 * True for a row that a snapshot read: what it says was committed long before, so it is neither late nor in time. All rows of
 * a chunk stand at one place of the source's log, changes each at their own (the sink's tables/dimension-version.ts).
 */
const readBySnapshot = ({ warehouse }: WarehouseContract): string =>
  warehouse.role === 'dimension'
    ? `uniqExact(_offset) OVER (PARTITION BY bitShiftRight(_version, 63)) > 1
         AND bitAnd(bitShiftRight(_version, 63), toUInt128(1)) = 1`
    : '0';

const figuresSql = (wanted: WantedFigures, stream: number): string => {
  const { contract, ranges } = wanted;
  const begins = ranges.map(({ partition, from }) => `_partition = ${partition}, ${from}`);
  const relative = `toUInt64(_offset - multiIf(${begins.join(', ')}, 0))`;
  const late = contract.latencyMs === undefined ? '0' : `latency > ${contract.latencyMs}`;
  return `SELECT ${stream} AS stream, grouping(minute) = 0 AS isMinute, _partition AS partition, toUnixTimestamp(minute) AS minute,
     count() AS rows, uniqExact(_offset) AS distinctRows, toString(sum(relative)) AS sum,
     toString(sum(toUInt128(relative) * relative)) AS squares, sum(sipHash64(_offset)) AS hash,
     countIf(NOT isRead AND ${late}) AS late, sumMapIf([bucket], [toUInt64(1)], NOT isRead) AS latencies,
     toUnixTimestamp64Milli(max(accepted)) AS lastEvent, toUnixTimestamp64Milli(max(_ingested_at)) AS lastQueryable
   FROM (
     SELECT _partition, _offset, _ingested_at, toStartOfMinute(_ingested_at) AS minute,
       ${acceptedColumn(contract)} AS accepted, ${relative} AS relative,
       dateDiff('millisecond', accepted, _ingested_at) AS latency, ${bucketSql('latency')} AS bucket,
       ${readBySnapshot(contract)} AS isRead
     FROM ${quoteName(contract.warehouse.table)}
     WHERE ${rowsOf(wanted)} AND (${inRanges(ranges)}))
   GROUP BY GROUPING SETS ((_partition), (_partition, minute))`;
};

/**
 * In one statement, so that five hundred streams are not five hundred questions a round; all of it or an error. Rejects with `clickhouse.*`.
 * @returns figures by partition for each of `wanted`, in its order
 */
export const readLandedFigures = async (
  clickhouse: Pick<ClickHouse, 'query'>,
  wanted: readonly WantedFigures[],
): Promise<readonly ReadonlyMap<number, LandedPartition>[]> => {
  const rows = await clickhouse.query<FigureRow>(wanted.map(figuresSql).join('\nUNION ALL\n'));
  const byStream = Map.groupBy(rows, ({ stream }) => stream);
  return wanted.map((_, stream) => byPartition(byStream.get(stream) ?? []));
};

const byPartition = (rows: readonly FigureRow[]): ReadonlyMap<number, LandedPartition> => {
  const minutes = Map.groupBy(
    rows.filter(({ isMinute }) => isMinute === 1),
    ({ partition }) => partition,
  );
  return new Map(
    rows
      .filter(({ isMinute }) => isMinute === 0)
      .map((row) => [row.partition, partitionOf(row, minutes.get(row.partition) ?? [])]),
  );
};

const partitionOf = (row: FigureRow, minutes: readonly FigureRow[]): LandedPartition => ({
  ...{ rows: Number(row.rows), distinct: Number(row.distinctRows) },
  ...{ sum: BigInt(row.sum), squares: BigInt(row.squares), hash: BigInt(row.hash) },
  minutes: minutes.map(minuteOfRow),
  ...{ lastEventMs: Number(row.lastEvent), lastQueryableMs: Number(row.lastQueryable) },
});

const minuteOfRow = ({
  minute,
  rows,
  late,
  latencies: [buckets, counts],
}: FigureRow): LandedMinute => ({
  atMs: Number(minute) * 1000,
  ...{ rows: Number(rows), late: Number(late) },
  latencies: buckets.map((bucket, index) => [Number(bucket), Number(counts[index])] as const),
});
