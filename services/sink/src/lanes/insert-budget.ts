/**
 * How many inserts a second one table takes: each makes a part that the server has to merge. Turns are
 * given in order of asking, evenly spaced; while a lane waits for its turn its batch grows, so under
 * load there are fewer and larger inserts. Repeats are not counted: they make no part.
 */
import type { Clock } from '@millrace/pipeline';

export interface InsertBudget {
  /** Resolves when the turn has come; rejects when the signal aborts first. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Takes a turn if one is free now. */
  tryAcquire(): boolean;
}

export function createInsertBudget(insertsPerSecond: number, clock: Clock): InsertBudget {
  const spacingMs = 1_000 / insertsPerSecond;
  /** Turns that a quiet table saves up, so that partitions which wake together go together. */
  const savedMs = spacingMs * Math.max(1, insertsPerSecond / 5);
  let nextMs = Number.NEGATIVE_INFINITY;

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
  };
}
