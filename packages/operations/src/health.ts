/**
 * Whether streams arrive: in time, and all of them. `GET /api/v1/streams`, `/api/v1/streams/<id>/history`; `POST /api/v1/streams/<id>/recount`
 * (operator) takes the table as it is and begins to count anew, e.g. after rows were erased on purpose.
 */
import type { ConditionState, Series } from './severity.ts';

export interface StreamFreshness {
  /** From accepted or committed to queryable, of the rows of the last quarter of an hour; within 2 %. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** The contract's latency; null when it promises none. */
  readonly objectiveMs: number | null;
  /** Share of rows within the objective in the last 24 h, 0 to 1. */
  readonly withinObjective: number | null;
  /** What is left of the error budget of 30 days, 1 to below 0. */
  readonly budgetLeft: number | null;
  /** Of the last hour: 1 uses the budget up exactly in 30 days. */
  readonly burnRate: number | null;
  readonly lastEventMs: number | null;
  readonly lastQueryableMs: number | null;
  /** Records that have waited longer than the objective and are not queryable yet: late, whenever they land. */
  readonly overdue: number;
  /** Age of the oldest record that waits; 0 when none does. */
  readonly oldestWaitingMs: number;
}

/** Of one partition, both ends included. */
export interface PartitionRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Every offset is somewhere: `onKafka = landed + dead + skipped + waiting + missing`. Counted of facts alone. */
export interface StreamCounts {
  /** Offsets of the topic since counting began. */
  readonly onKafka: number;
  /** Records that are rows. */
  readonly landed: number;
  readonly dead: number;
  /** Offsets that are no records: markers of transactions, and what was aborted or compacted away. */
  readonly skipped: number;
  /** Not landed yet, or not counted yet. */
  readonly waiting: number;
  /** Refused at the door, and kept in `millrace.rejected_events`. */
  readonly rejected: number;
  readonly missing: number;
  /** Offsets of more than one row, and rows of no record. */
  readonly double: number;
  /** Which they are, as far as that is known: the first hundred of each partition. */
  readonly missingRanges: readonly PartitionRange[];
  readonly doubleRanges: readonly PartitionRange[];
  readonly countedAtMs: number;
}

/** A dimension against its source table. */
export interface DimensionMatch {
  readonly comparedAtMs: number;
  /** Of the source. */
  readonly rows: number;
  readonly missing: number;
  readonly surplus: number;
  readonly different: number;
}

export interface StreamHealth {
  readonly contract: string;
  readonly topic: string;
  readonly table: string | null;
  readonly condition: ConditionState;
  /** One line for each thing that is not well. */
  readonly reasons: readonly string[];
  readonly perSecond: number | null;
  readonly freshness: StreamFreshness;
  readonly counts: StreamCounts | null;
  readonly dimension: DimensionMatch | null;
}

export interface HealthReport {
  readonly atMs: number;
  readonly condition: ConditionState;
  readonly streams: readonly StreamHealth[];
  /** The stream that the platform sends through itself; null when it is off. */
  readonly canary: {
    readonly condition: ConditionState;
    readonly lastMs: number | null;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly sent: number;
    readonly arrived: number;
    readonly lost: number;
  } | null;
}

/**
 * `GET /api/v1/streams/<id>/check`: what can be counted again on demand, and how the last time went. `POST` to the same (operator, 202)
 * begins one, or tells of the one that runs. Unlike a recount it takes nothing as it is: what is missing stays told.
 */
export interface StreamCheck {
  readonly contract: string;
  /** `counts`: rows against the offsets of the topic; `source`: a dimension against its source table, row by row; null: neither. */
  readonly kind: 'counts' | 'source' | null;
  /** Why nothing can be counted. */
  readonly why: string | null;
  /** Since the service began; null before the first. */
  readonly last: StreamCheckRun | null;
}

export interface StreamCheckRun {
  readonly state: 'running' | 'done' | 'failed';
  readonly by: string;
  readonly startedMs: number;
  readonly endedMs: number | null;
  /** What it does now, in words; empty when it has ended. */
  readonly step: string;
  /** How far it is, 0 to 1. */
  readonly share: number;
  /** Why it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** What came out, by the kind. */
  readonly counts: StreamCounts | null;
  readonly dimension: DimensionMatch | null;
}

/** `GET /api/v1/streams/<id>/history?hours=`: 24 when left out, 720 at most; a value a minute, quarter of an hour or hour. */
export interface HealthHistory {
  readonly contract: string;
  readonly p50Ms: Series;
  readonly p99Ms: Series;
  readonly perSecond: Series;
  readonly rejected: Series;
  readonly dead: Series;
}
