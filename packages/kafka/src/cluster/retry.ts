import { systemClock } from '@millrace/pipeline';
import { isConnectionRefused, isUnavailable } from './protocol-errors.ts';

/**
 * Repeats what may be repeated while the cluster is unavailable: bounded by time, because a broker that
 * restarts is away for seconds whatever the number of tries. Never used for writes, whose repetition is
 * governed by their sequence numbers.
 */
const FIRST_PAUSE_MS = 20;
const PAUSE_MS_MAX = 1_000;
/** A person who mistyped a password is told soon; a secret that is just being exchanged is met on the way. */
const REFUSED_MS_MAX = 2_000;

export interface RetryBound {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** The pause before the given attempt (1 for the first repetition), ms: 20, 40, 80, … up to 1 s. */
export const pauseMs = (attempt: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), PAUSE_MS_MAX);

export const retryUnavailable = async <T>(
  operation: () => Promise<T>,
  { deadlineMs, signal }: RetryBound,
): Promise<T> => {
  const refusedUntilMs = systemClock.nowMs() + REFUSED_MS_MAX;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation();
    } catch (error) {
      const pause = pauseMs(attempt);
      const untilMs = isConnectionRefused(error) ? refusedUntilMs : deadlineMs;
      const nextMs = systemClock.nowMs() + pause;
      if (!isUnavailable(error) || nextMs > Math.min(untilMs, deadlineMs)) throw error;
      await systemClock.sleep(pause, signal);
    }
  }
};
