/**
 * One partition's next range: are its records rows, once each? Asked as cheaply as it can be known. Where every offset is a row there is nothing to
 * read; where offsets are no records (markers of transactions, dead letters) the topic says which are; and only where that does not come
 * out either, the table is asked offset by offset, all of its parts.
 */
import type { WarehouseContract } from '@millrace/contracts';
import {
  emptyVerdict,
  type JudgedAgainst,
  judgeWindow,
  recordOffsets,
  type TableOfTopic,
} from '@millrace/reconcile';
import { type LandedPartition, readLandedFigures, type WantedRange } from './landed-figures.ts';
import { joined, noOffsets, type OffsetList } from './watched-stream.ts';

export interface CountedRange {
  readonly records: number;
  readonly dead: number;
  readonly landed: number;
  readonly hash: bigint;
  readonly missing: OffsetList;
  readonly double: OffsetList;
  /** Of all rows that were found. */
  readonly figures: LandedPartition;
}

/** Of a partition without rows. */
export const noRows: LandedPartition = {
  ...{ rows: 0, distinct: 0, sum: 0n, squares: 0n, hash: 0n },
  ...{ minutes: [], lastEventMs: 0, lastQueryableMs: 0 },
};

/** Numbers and sums of a set of offsets. Two sets that share them all differ in six offsets at least, chosen for the purpose. */
const figuresOf = (offsets: Iterable<number>, from: number) => {
  let [count, sum, squares] = [0, 0n, 0n];
  for (const offset of offsets) {
    const relative = BigInt(offset - from);
    count += 1;
    sum += relative;
    squares += relative * relative;
  }
  return { count, sum, squares };
};

export interface RangeToCount {
  readonly contract: WarehouseContract;
  /** Of all parts, and of the rows of this log alone; asked for when it is needed. */
  table(): Promise<TableOfTopic>;
  readonly range: WantedRange;
  /** What the first look found, perhaps in the newest parts alone. */
  readonly landed: LandedPartition;
}

/** Rejects with `kafka.*` or `clickhouse.*` when a server cannot be asked. */
export const countRange = async (
  against: JudgedAgainst,
  { contract, table: openTable, range, landed }: RangeToCount,
): Promise<CountedRange> => {
  const { partition, from, to } = range;
  const topic = contract.topic.name;
  const dead = [...(against.dead.get(partition) ?? [])].filter((one) => one >= from && one < to);
  const deads = figuresOf(dead, from);
  const isLike = (wanted: { count: number; sum: bigint; squares: bigint }): boolean =>
    landed.rows === landed.distinct &&
    landed.rows + deads.count === wanted.count &&
    landed.sum + deads.sum === wanted.sum &&
    landed.squares + deads.squares === wanted.squares;
  const right = (records: number): CountedRange => ({
    ...{ records, dead: deads.count, landed: landed.rows, hash: landed.hash },
    ...{ missing: noOffsets, double: noOffsets, figures: landed },
  });

  const length = BigInt(to - from);
  const every = {
    count: to - from,
    sum: (length * (length - 1n)) / 2n,
    squares: (length * (length - 1n) * (2n * length - 1n)) / 6n,
  };
  if (isLike(every)) return right(to - from);
  const offsets: number[] = [];
  for await (const offset of recordOffsets(against.connection, topic, partition, from, to))
    offsets.push(offset);
  if (isLike(figuresOf(offsets, from))) return right(offsets.length);

  const table = await openTable();
  const verdict = emptyVerdict(partition, from, to);
  await judgeWindow(against, table, verdict);
  const { clickhouse } = table;
  const [whole] = await readLandedFigures(clickhouse, [{ contract, table, ranges: [range] }]);
  const figures = whole?.get(partition) ?? noRows;
  const { records, missing, duplicates, extra } = verdict;
  return {
    ...{ records, dead: verdict.dead, landed: verdict.landed },
    hash: await distinctHash(table, range, figures),
    missing: { total: missing.total, ranges: missing.ranges },
    double: joined(
      { total: duplicates.total, ranges: duplicates.ranges },
      { total: extra.total, ranges: extra.ranges },
    ),
    figures,
  };
};

/** The sum over each offset once, also where it stands twice. */
const distinctHash = async (
  { clickhouse, table, topic, log }: TableOfTopic,
  { partition, from, to }: WantedRange,
  figures: LandedPartition,
): Promise<bigint> => {
  if (figures.rows === figures.distinct) return figures.hash;
  const [row] = await clickhouse.query<{ hash: string }>(
    `SELECT sum(sipHash64(_offset)) AS hash FROM (
       SELECT DISTINCT _offset FROM {table: Identifier}
       WHERE _topic = {topic: String} AND _incarnation IN {incarnations: Array(Int64)}
         AND _partition = {partition: Int32} AND _offset >= {from: Int64} AND _offset < {to: Int64})`,
    { table, topic, incarnations: log.incarnations, partition, from, to },
  );
  return BigInt(row?.hash ?? 0);
};
