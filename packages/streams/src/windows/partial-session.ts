import type { Slot } from '../folds/slot-fold.ts';

/** A session, or a part of one, as a combiner before the repartition sends it; it ends with the slot's highest time. */
export interface PartialSession {
  readonly startMs: number;
  readonly slot: Slot;
}
