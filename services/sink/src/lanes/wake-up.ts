/** A sleep that ends early: a lane waits for its next record, its flush time or its end, whichever is first. */
import type { Clock } from '@millrace/pipeline';

export interface WakeUp {
  /** Resolves at the next `ring`, after `durationMs`, or when the signal aborts. Never rejects. */
  wait(durationMs: number | undefined, signal: AbortSignal): Promise<void>;
  /** Ends the wait under way; a ring that nobody waits for is kept for the next wait. */
  ring(): void;
}

export function createWakeUp(clock: Clock): WakeUp {
  let isRung = false;
  let end: (() => void) | undefined;
  return {
    wait: async (durationMs, signal) => {
      if (isRung || signal.aborted) {
        isRung = false;
        return;
      }
      const timer = new AbortController();
      const rung = new Promise<void>((resolve) => {
        end = resolve;
      });
      const stop = () => end?.();
      signal.addEventListener('abort', stop, { once: true });
      const timed =
        durationMs === undefined
          ? rung
          : clock.sleep(durationMs, timer.signal).catch(() => undefined);
      await Promise.race([rung, timed]);
      end = undefined;
      isRung = false;
      signal.removeEventListener('abort', stop);
      timer.abort();
    },
    ring: () => {
      if (end) end();
      else isRung = true;
    },
  };
}
