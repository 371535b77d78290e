/**
 * One record on its way through the operators of a stage. Never changed once it has been handed on: an
 * operator that changes something hands on a new one.
 */
export interface Flow<V = unknown> {
  /** What state is kept by and partitions are chosen by; null before the first key. */
  readonly key: string | null;
  readonly value: V;
  /** Event time, milliseconds since 1970 UTC. */
  readonly timeMs: number;
  /**
   * The watermark of the partition that the record first came from, as it stood just before the record was
   * read there. It alone says whether the record is late: it does not depend on how partitions interleave,
   * so a replay judges every record as the live run did.
   */
  readonly watermarkMs: number;
}

/** A window that a record was too late for. */
export interface LateInfo {
  /** The operator that would have taken it. */
  readonly operator: string;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** How far the watermark had passed the end of the window and its grace, ms; at least 0. */
  readonly lateByMs: number;
}

/** Of a partition of which nothing is known yet: no record is late, no window closes. */
export const NO_WATERMARK = Number.NEGATIVE_INFINITY;
