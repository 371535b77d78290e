import { MillraceError } from '@millrace/contracts';
import type { Clock } from './clock.ts';

/**
 * Retry of exactly one step. Never wrap a sequence: a sequence would repeat the parts that succeeded.
 * Only a `MillraceError` with `retryable` set is tried again, because only the adapter that raised it knows
 * whether repeating can help; any other exception is a bug and passes through at once.
 */
export interface RetryPolicy {
  /** Pause before the second attempt, milliseconds. */
  readonly initialMs: number;
  /** Each pause is the one before times this. */
  readonly multiplier: number;
  /** No pause is longer, milliseconds. */
  readonly maxMs: number;
  /** Attempts in all, the first included. Absent: no bound. */
  readonly attempts?: number;
  /** No attempt starts later than this after the first one started, milliseconds. Absent: no bound. */
  readonly deadlineMs?: number;
  /**
   * Share of each pause that is left to chance, 0 to 1: a pause of `p` becomes one between `p·(1−jitter)`
   * and `p`, so that many clients do not come back at the same moment.
   */
  readonly jitter: number;
  /** The source of chance; tests give their own. Default `Math.random`. */
  readonly random?: () => number;
}

export interface RetryNotice {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: MillraceError;
}

/**
 * The same operation, tried again by the policy. Rejects with the last error when attempts or time are
 * used up, and with the signal's reason when it aborts during a pause.
 *
 * @param observe told before every pause, e.g. to log a warning or count.
 */
export const retry = <Args extends readonly unknown[], T>(
  operation: (...args: Args) => T | Promise<T>,
  policy: RetryPolicy,
  clock: Clock,
  signal?: AbortSignal,
  observe?: (notice: RetryNotice) => void,
): ((...args: Args) => Promise<T>) => {
  const retried = async (...args: Args): Promise<T> => {
    const startedMs = clock.nowMs();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await operation(...args);
      } catch (error) {
        if (!(error instanceof MillraceError) || !error.retryable) throw error;
        const delayMs = pauseMs(policy, attempt);
        if (isUsedUp(policy, attempt, clock.nowMs() + delayMs - startedMs)) throw error;
        observe?.({ attempt, delayMs, error });
        await clock.sleep(delayMs, signal);
      }
    }
  };
  // The wrapped step keeps its name: it is what an outcome and a stack trace show.
  return Object.defineProperty(retried, 'name', { value: operation.name });
};

/** The pause after the given failed attempt (from 1), milliseconds. */
export const pauseMs = (policy: RetryPolicy, attempt: number): number => {
  const fullMs = Math.min(policy.maxMs, policy.initialMs * policy.multiplier ** (attempt - 1));
  return fullMs * (1 - policy.jitter * (policy.random ?? Math.random)());
};

const isUsedUp = (policy: RetryPolicy, attempt: number, nextStartMs: number): boolean =>
  (policy.attempts !== undefined && attempt >= policy.attempts) ||
  (policy.deadlineMs !== undefined && nextStartMs > policy.deadlineMs);
