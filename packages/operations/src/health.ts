/** Whether streams arrive: in time, and all of them. `GET /api/v1/streams`, `/api/v1/streams/<id>/history`. */
import type { ConditionState, Series } from './severity.ts';

export interface StreamFreshness {
  /** From accepted or committed to queryable, in the last window. */
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
}

/** Every record is somewhere: `onKafka = landed + dead + skipped + waiting`; a difference is lost or double. */
export interface StreamCounts {
  /** Records on the topic since counting began, or in the stated range of offsets. */
  readonly onKafka: number;
  readonly landed: number;
  readonly dead: number;
  /** Tombstones and markers that carry nothing for the warehouse. */
  readonly skipped: number;
  /** Behind the group's offset. */
  readonly waiting: number;
  /** Refused at the door, and kept in `millrace.rejected_events`. */
  readonly rejected: number;
  readonly missing: number;
  readonly double: number;
  readonly countedAtMs: number;
}

/** A dimension against its source table. */
export interface DimensionMatch {
  readonly comparedAtMs: number;
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

export interface HealthHistory {
  readonly contract: string;
  readonly p50Ms: Series;
  readonly p99Ms: Series;
  readonly perSecond: Series;
  readonly rejected: Series;
  readonly dead: Series;
}
