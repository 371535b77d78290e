/**
 * A range of a fact's partition, offset by offset: which are rows once, dead letters, missing, double or strangers. Sums come first, and
 * where they are right nothing is read. From where to where, and what becomes of it, is the caller's affair.
 */
import type { KafkaConnection } from '@millrace/kafka';
import { createRangeList, type OffsetRange, type RangeList } from './offset-ranges.ts';
import { differingRanges, offsetsInTable, type TableOfTopic } from './table-offsets.ts';
import { type DeadOffsets, recordOffsets } from './topic-offsets.ts';

export interface PartitionVerdict {
  readonly partition: number;
  /** The window that was compared with Kafka: `[from, end)`. */
  readonly from: number;
  readonly end: number;
  /** Records on Kafka in the window. */
  readonly records: number;
  /** Of these, in the table; once or more. */
  readonly landed: number;
  /** Of these, in the dead letters and not in the table. */
  readonly dead: number;
  readonly missing: RangeList;
  /** Offsets that more than one row carries, also below the window. */
  readonly duplicates: RangeList;
  /** In the table, and no record of Kafka's. */
  readonly extra: RangeList;
  /** Absent below the window, where Kafka cannot say any more whether it was a record. */
  readonly unexplained: RangeList;
}

/** What the rows are held against. */
export interface JudgedAgainst {
  readonly connection: KafkaConnection;
  /** Of this topic. */
  readonly dead: DeadOffsets;
}

/** Offsets that are held in memory at a time. */
const CHUNK = 200_000;

export type OpenVerdict = { -readonly [Key in keyof PartitionVerdict]: PartitionVerdict[Key] };

/** Nothing judged yet of `[from, end)`. */
export const emptyVerdict = (partition: number, from: number, end: number): OpenVerdict => ({
  ...{ partition, from, end, records: 0, landed: 0, dead: 0 },
  missing: createRangeList(),
  duplicates: createRangeList(),
  extra: createRangeList(),
  unexplained: createRangeList(),
});

/** Below Kafka's beginning: only the table and the dead letters can be asked. */
export async function judgeForgotten(
  { dead }: JudgedAgainst,
  table: TableOfTopic,
  verdict: OpenVerdict,
  begin: number,
  low: number,
): Promise<void> {
  const { partition, duplicates, unexplained } = verdict;
  for (const range of await differingRanges(table, partition, begin, low)) {
    for (const chunk of chunksOf(range)) {
      const held = await offsetsInTable(table, partition, chunk);
      for (let offset = chunk.from; offset <= chunk.to; offset += 1) {
        const rows = held.get(offset) ?? 0;
        if (rows > 1) duplicates.add(offset);
        if (rows === 0 && !dead.get(partition)?.has(offset)) unexplained.add(offset);
      }
    }
  }
}

/**
 * Fills the verdict for its `[from, end)`: every offset there is behind the sink's group.
 * Rejects with `kafka.*` or `clickhouse.*` when a server cannot be asked.
 */
export async function judgeWindow(
  options: JudgedAgainst,
  table: TableOfTopic,
  verdict: OpenVerdict,
): Promise<void> {
  const { partition, from, end } = verdict;
  const differing = await differingRanges(table, partition, from, end);
  const suspected = differing.reduce((sum, range) => sum + range.to - range.from + 1, 0);
  verdict.records += end - from - suspected;
  verdict.landed += end - from - suspected;
  for (const range of differing) await judgeRange(options, table, verdict, range);
}

/** Offset by offset, Kafka's records beside the table's rows. */
async function judgeRange(
  { connection, dead }: JudgedAgainst,
  table: TableOfTopic,
  verdict: OpenVerdict,
  range: OffsetRange,
): Promise<void> {
  const { partition, missing, duplicates, extra } = verdict;
  const deadOffsets = dead.get(partition);
  const records = recordOffsets(connection, table.topic, partition, range.from, range.to + 1);
  let next = await records.next();
  for (const chunk of chunksOf(range)) {
    const held = await offsetsInTable(table, partition, chunk);
    for (let offset = chunk.from; offset <= chunk.to; offset += 1) {
      const rows = held.get(offset) ?? 0;
      const isRecord = !next.done && next.value === offset;
      if (isRecord) next = await records.next();
      if (rows > 1) duplicates.add(offset);
      if (!isRecord && rows > 0) extra.add(offset);
      if (!isRecord) continue;
      verdict.records += 1;
      if (rows > 0) verdict.landed += 1;
      else if (deadOffsets?.has(offset)) verdict.dead += 1;
      else missing.add(offset);
    }
  }
}

function* chunksOf({ from, to }: OffsetRange): Generator<OffsetRange> {
  for (let start = from; start <= to; start += CHUNK) {
    yield { from: start, to: Math.min(to, start + CHUNK - 1) };
  }
}
