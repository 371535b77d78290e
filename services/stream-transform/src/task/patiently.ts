/** How a task tries again what may pass by itself: Kafka away, or another owner of its id that may be gone soon. */
import { MillraceError } from '@millrace/contracts';
import { type Clock, pauseMs } from '@millrace/pipeline';

/** A task that was shut out waits for the group's word on who owns it; without one it takes itself back. */
const FENCED_PAUSE_MS = 3_000;
const RETRY = { initialMs: 100, multiplier: 2, maxMs: 5_000, jitter: 0.5 } as const;

/** Tries until it succeeds; rejects when it never will, and when the signal aborts. */
export const patiently = async <T>(
  attempt: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const pause = error instanceof MillraceError ? pauseBefore(error, tries) : undefined;
      if (pause === undefined) throw error;
      await clock.sleep(pause, signal);
    }
  }
};

/**
 * How long to wait before beginning again, ms; undefined when it cannot help. One that was shut out, by a
 * successor or by the broker's time-out, may still be the owner: the group tells when it is not.
 */
export const pauseBefore = (
  { code, retryable }: MillraceError,
  tries: number,
): number | undefined => {
  if (code === 'kafka.fenced') return FENCED_PAUSE_MS;
  if (!retryable) return undefined;
  return tries === 0 ? 0 : pauseMs(RETRY, tries);
};
