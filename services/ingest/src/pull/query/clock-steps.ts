/**
 * Waiting out the steps of a cursor's clock. A time of fewer digits than its clock has (`timestamp(0)`) is taken again by
 * rows that are written in the same step, after a bound was taken: they stand at the bound, perhaps before its last row.
 * Asking the clock is the session's.
 */
import type { Clock } from '@millrace/pipeline';

/** Digits of a second's fraction that both servers' clocks have. */
export const clockDigits = 6;

/**
 * Resolves when the server's clock is two steps further than when it was called. Whoever writes then has a larger cursor,
 * however each writer makes it of its clock: one may round up what the next cuts off, so one step would not do.
 * @param digits of a second's fraction that the cursor keeps
 * @param serverMs what the server's clock shows
 */
export const clockStepsPassed = async (
  digits: number,
  serverMs: () => Promise<number>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  if (digits >= clockDigits) return;
  const until = (await serverMs()) + 2 * 10 ** (3 - digits);
  for (;;) {
    const left = until - (await serverMs());
    if (left <= 0) return;
    await clock.sleep(Math.ceil(left), signal);
  }
};
