/**
 * How many inserts a second one table takes: each makes a part that the server has to merge. Turns are
 * given in order of asking, evenly spaced; while a lane waits for its turn its batch grows, so under
 * load there are fewer and larger inserts. Repeats are not counted: they make no part.
 *
 * In no second are there more than the limit. A fifth of it is kept for partitions that wake together after a quiet while; busy ones
 * share the rest. Several sinks share the limit by the partitions that each of them owns.
 */
import type { Clock } from '@millrace/pipeline';

export interface InsertBudget {
  /** Resolves when the turn has come; rejects when the signal aborts first. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Takes a turn if one is free now. */
  tryAcquire(): boolean;
  /** Turns used beyond the one that was taken: a range of several writer schemas is several inserts. */
  spend(turns: number): void;
  /** This process's part of the table's limit, above 0 up to 1: the partitions that it owns out of all. */
  share(fraction: number): void;
}

/** Turns of one second that a quiet table saves up, as a part of the limit. */
const SAVED = 1 / 5;

/** The budget of one table. */
export function createInsertBudget(insertsPerSecond: number, clock: Clock): InsertBudget {
  let spacingMs = 0;
  let savedMs = 0;
  let nextMs = Number.NEGATIVE_INFINITY;

  const share = (fraction: number): void => {
    const limit = insertsPerSecond * Math.min(1, fraction);
    const saved = Math.floor(limit * SAVED);
    // Saved turns and a second of evenly spaced ones together are the limit.
    spacingMs = 1_000 / (limit - saved);
    savedMs = spacingMs * saved;
  };
  share(1);

  const takeTurn = (): number => {
    const nowMs = clock.nowMs();
    const turnMs = Math.max(nextMs, nowMs - savedMs);
    nextMs = turnMs + spacingMs;
    return turnMs - nowMs;
  };

  return {
    acquire: async (signal) => {
      const waitMs = takeTurn();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
    },
    tryAcquire: () => {
      if (nextMs > clock.nowMs()) return false;
      takeTurn();
      return true;
    },
    spend: (turns) => {
      nextMs += spacingMs * Math.max(0, turns);
    },
    share,
  };
}
