/**
 * Counts what the sink has done on one stream since the last look, and how fresh it was. The offsets of the sink's group say what should be
 * there: nothing is looked at twice, and nothing before its time. Freshness is known of every role, counts of facts alone: of the others
 * later versions replace rows.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { incarnationOf } from '@millrace/contracts';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import { readTopicLog, type TableOfTopic } from '@millrace/reconcile';
import { type CountedRange, countRange, noRows } from './count-range.ts';
import type { DeadOffsetsTail } from './dead-letters-of.ts';
import type { LandedPartition, WantedFigures, WantedRange } from './landed-figures.ts';
import {
  isCounted,
  joined,
  minuteOf,
  newLedger,
  type PartitionLedger,
  type WatchedStream,
} from './watched-stream.ts';

export interface AdvanceOptions {
  readonly clickhouse: ClickHouse;
  readonly connection: KafkaConnection;
  readonly admin: Pick<Admin, 'topicId'>;
  readonly dead: DeadOffsetsTail;
  readonly graceMs: number;
  readonly nowMs: number;
  /** ClickHouse's own clock at the begin of the round. */
  readonly warehouseNowMs: number;
  /** The table keeps its rows in parts that can be told apart. */
  readonly hasParts: boolean;
}

/** Parts are looked at from so long before the last look: their times are in seconds, and a merge takes the time of its end. */
const partsMarginMs = 60_000;
/** Figures of rows that became queryable before are of no window. */
const figuresKeptMs = 30 * 86_400_000;

/** What one stream wants to know of its table in this round. */
export interface Advance extends WantedFigures {
  /** Nothing is left behind it. */
  readonly isAll: boolean;
  readonly offsets: number;
}

/**
 * The next ranges of a stream; undefined where the sink has done nothing since.
 * @param offsetsMax that may be counted now
 */
export const planAdvance = (
  stream: WatchedStream,
  { clickhouse, hasParts, nowMs }: AdvanceOptions,
  offsetsMax: number,
): Advance | undefined => {
  const { ranges, isAll } = rangesOf(stream, offsetsMax);
  if (ranges.length === 0) {
    if (isAll) stream.countedAtMs = nowMs;
    return undefined;
  }
  const { contract, topicId, recentSinceMs } = stream;
  const table: TableOfTopic = {
    ...{ clickhouse, table: contract.warehouse.table, topic: contract.topic.name },
    log: { topicId: topicId!, incarnations: [incarnationOf(topicId!), 0] },
    ...(hasParts && recentSinceMs !== undefined && { partsSinceMs: recentSinceMs - partsMarginMs }),
  };
  const offsets = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return { contract, table, ranges, isAll, offsets };
};

/**
 * Takes what the table told of the planned ranges. Rejects with `kafka.*` or `clickhouse.*`; what was counted before stays counted.
 * @param landed of the plan's ranges, by partition
 */
export const advanceStream = async (
  stream: WatchedStream,
  plan: Advance,
  landed: ReadonlyMap<number, LandedPartition>,
  options: AdvanceOptions,
): Promise<void> => {
  const { contract } = stream;
  const topic = contract.topic.name;
  let isAccepted = true;
  for (const range of plan.ranges) {
    const figures = landed.get(range.partition) ?? noRows;
    if (!isCounted(contract))
      accept(stream, range, uncounted(range, figures, options.dead.of(topic)), options.nowMs);
    else if (!(await countPartition(stream, range, figures, options))) isAccepted = false;
  }
  for (const { partition } of plan.ranges)
    options.dead.forget(topic, partition, stream.ledgers.get(partition)!.done);
  stream.recentSinceMs = plan.isAll && isAccepted ? options.warehouseNowMs : undefined;
  stream.countedAtMs = options.nowMs;
};

/** What is between where the count stands and where the sink does. */
const rangesOf = (stream: WatchedStream, offsetsMax: number) => {
  const ranges: WantedRange[] = [];
  let left = offsetsMax;
  let isAll = true;
  for (const [partition, { low, committed }] of stream.positions) {
    const known = stream.ledgers.get(partition);
    const { missing, double, done = low } = known ?? {};
    // what retention took before it was counted cannot be counted any more
    if (known === undefined || done < low)
      stream.ledgers.set(partition, {
        ...newLedger(low),
        ...(missing !== undefined && double !== undefined && { missing, double }),
      });
    const from = Math.max(done, low);
    const to = Math.min(committed, from + left);
    if (to < committed) isAll = false;
    if (from >= to) continue;
    ranges.push({ partition, from, to });
    left -= to - from;
  }
  return { ranges, isAll };
};

/** False while something is wrong that may still come right. */
const countPartition = async (
  stream: WatchedStream,
  range: WantedRange,
  landed: LandedPartition,
  options: AdvanceOptions,
): Promise<boolean> => {
  const { contract, suspectSinceMs } = stream;
  const { clickhouse, connection, admin, nowMs } = options;
  const topic = contract.topic.name;
  const name = contract.warehouse.table;
  const { partition } = range;
  const against = { connection, dead: options.dead.of(topic) };
  const table = async (): Promise<TableOfTopic> => ({
    ...{ clickhouse, table: name, topic },
    log: await readTopicLog(admin, clickhouse, topic, name),
  });
  const counted = await countRange(against, { contract, table, range, landed });
  const isRight = counted.missing.total + counted.double.total === 0;
  const sinceMs = suspectSinceMs.get(partition) ?? nowMs;
  if (!isRight && nowMs - sinceMs < options.graceMs) {
    suspectSinceMs.set(partition, sinceMs);
    return false;
  }
  suspectSinceMs.delete(partition);
  accept(stream, range, counted, nowMs);
  return true;
};

const uncounted = (
  { partition, from, to }: WantedRange,
  figures: LandedPartition,
  dead: ReadonlyMap<number, ReadonlySet<number>>,
): CountedRange => {
  const deadHere = [...(dead.get(partition) ?? [])].filter((one) => one >= from && one < to);
  return {
    ...{ records: to - from, dead: deadHere.length, landed: figures.rows, hash: 0n, figures },
    ...{ missing: { total: 0, ranges: [] }, double: { total: 0, ranges: [] } },
  };
};

/** The range is counted: ledger, windows and what is to be written down. */
const accept = (
  stream: WatchedStream,
  { partition, to }: WantedRange,
  { figures, ...counted }: CountedRange,
  nowMs: number,
): void => {
  const ledger = stream.ledgers.get(partition)!;
  const next: PartitionLedger = {
    ...ledger,
    done: to,
    records: ledger.records + counted.records,
    dead: ledger.dead + counted.dead,
    landed: ledger.landed + counted.landed,
    hash: BigInt.asUintN(64, ledger.hash + counted.hash),
    missing: joined(ledger.missing, counted.missing),
    double: joined(ledger.double, counted.double),
  };
  stream.ledgers.set(partition, next);
  stream.hasLedgerChanged = true;
  if (counted.dead > 0) minuteOf(stream, nowMs).dead += counted.dead;
  for (const { atMs, rows, late, latencies } of figures.minutes) {
    if (atMs < nowMs - figuresKeptMs) continue;
    const minute = minuteOf(stream, atMs);
    minute.rows += rows;
    minute.late += late;
    for (const [bucket, count] of latencies)
      minute.latencies.set(bucket, (minute.latencies.get(bucket) ?? 0) + count);
    stream.windows.add(atMs, { rows, late }, new Map(latencies));
  }
  if (figures.rows === 0) return;
  stream.lastEventMs = Math.max(stream.lastEventMs ?? 0, figures.lastEventMs);
  stream.lastQueryableMs = Math.max(stream.lastQueryableMs ?? 0, figures.lastQueryableMs);
};
