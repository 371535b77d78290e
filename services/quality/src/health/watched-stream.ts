/** What is known of one stream: of each partition how far its rows are counted and what came out, and of the stream how fresh they were. */
import type { WarehouseContract } from '@millrace/contracts';
import type { DimensionMatch } from '@millrace/operations';
import { createRangeList, type OffsetRange } from '@millrace/reconcile';
import { createFreshnessWindows, type FreshnessWindows } from './freshness-windows.ts';
import type { LatencyCounts } from './latency-sketch.ts';

/** Ranges of offsets that are kept of one partition; totals go on counting. */
const rangesMax = 100;

/** Offsets in ascending ranges, as many as are kept, and how many there are. */
export interface OffsetList {
  readonly total: number;
  readonly ranges: readonly OffsetRange[];
}

export const noOffsets: OffsetList = { total: 0, ranges: [] };

/** What a round found beside what was known; ranges that touch are one. */
export const joined = (known: OffsetList, found: OffsetList): OffsetList => {
  if (found.total === 0) return known;
  const list = createRangeList();
  for (const { from, to } of [...known.ranges, ...found.ranges].sort((a, b) => a.from - b.from))
    list.add(from, to);
  return { total: known.total + found.total, ranges: list.ranges.slice(0, rangesMax) };
};

/** One partition: `[started, done)` is counted. */
export interface PartitionLedger {
  readonly started: number;
  readonly done: number;
  /** Committed records in it; the rest of the offsets are markers and what was aborted. */
  readonly records: number;
  readonly dead: number;
  /** Distinct records that are rows. */
  readonly landed: number;
  /** Sum of `sipHash64` over their offsets, modulo 2^64: what the audit asks for again. */
  readonly hash: bigint;
  readonly missing: OffsetList;
  /** Offsets of more than one row, and rows of no record. */
  readonly double: OffsetList;
  /** Missing, and older than what Kafka still holds: nobody can say which. */
  readonly unlocated: number;
}

export const newLedger = (started: number): PartitionLedger => ({
  ...{ started, done: started, records: 0, dead: 0, landed: 0, hash: 0n },
  ...{ missing: noOffsets, double: noOffsets, unlocated: 0 },
});

/** Where the topic and the sink's group stood at the begin of a round. */
export interface PartitionPosition {
  readonly low: number;
  readonly stable: number;
  /** Where the sink goes on; `low` where it never was. */
  readonly committed: number;
}

export interface WaitingSight {
  readonly committed: number;
  readonly stable: number;
  /** Of the first record that waits; undefined when what is behind is none. */
  readonly timestampMs: number | undefined;
}

export interface WatchedStream {
  readonly contract: WarehouseContract;
  /** Which log of the topic's name the ledgers are of; undefined before the topic was seen. */
  topicId: string | undefined;
  readonly ledgers: Map<number, PartitionLedger>;
  positions: ReadonlyMap<number, PartitionPosition>;
  readonly windows: FreshnessWindows;
  /** Missing or double since this moment, by partition: told when the grace is over. */
  readonly suspectSinceMs: Map<number, number>;
  /** What came since it was last written down, by minute. */
  readonly unwritten: Map<number, MinuteFigures>;
  lastEventMs: number | null;
  lastQueryableMs: number | null;
  /** Records that wait longer than the objective, and the age of the oldest that waits; 0 when none does. */
  overdue: number;
  oldestWaitingMs: number;
  /** What stood at the group's offset when it was looked at, by partition: looked at again once either has moved on. */
  readonly sights: Map<number, WaitingSight>;
  /** Offsets behind the group's that are no records. */
  idleOffsets: number;
  /** In the last thirty days. */
  rejected: number;
  dimension: DimensionMatch | null;
  countedAtMs: number | null;
  /** By ClickHouse's clock: all that the sink had done then is counted. Undefined while more is behind. */
  recentSinceMs: number | undefined;
  auditedAtMs: number | null;
  /** Why the last round could not look: an error's code. */
  trouble: string | null;
  hasLedgerChanged: boolean;
}

export interface MinuteFigures {
  rows: number;
  late: number;
  dead: number;
  readonly latencies: LatencyCounts;
}

export const createWatchedStream = (contract: WarehouseContract): WatchedStream => ({
  contract,
  topicId: undefined,
  ledgers: new Map(),
  positions: new Map(),
  windows: createFreshnessWindows(),
  suspectSinceMs: new Map(),
  sights: new Map(),
  unwritten: new Map(),
  ...{ lastEventMs: null, lastQueryableMs: null, overdue: 0, oldestWaitingMs: 0, idleOffsets: 0 },
  ...{
    rejected: 0,
    dimension: null,
    countedAtMs: null,
    recentSinceMs: undefined,
    auditedAtMs: null,
    trouble: null,
  },
  hasLedgerChanged: false,
});

/** The minute's figures that are not written down yet. */
export const minuteOf = ({ unwritten }: WatchedStream, atMs: number): MinuteFigures => {
  const minute = Math.floor(atMs / 60_000) * 60_000;
  const known = unwritten.get(minute);
  if (known !== undefined) return known;
  const figures = { rows: 0, late: 0, dead: 0, latencies: new Map() };
  unwritten.set(minute, figures);
  return figures;
};

/** True where each record stays a row of its own, so that rows can be counted against offsets. */
export const isCounted = ({ warehouse }: WarehouseContract): boolean => warehouse.role === 'fact';
