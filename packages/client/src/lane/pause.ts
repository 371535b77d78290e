/** Pauses between attempts: a batch's own, and the one that the door has asked for, which holds for all streams. */
import type { Clock } from '../clock.ts';

export interface Pause {
  /** No attempt before this moment, ms since 1970 UTC. */
  until(momentMs: number): void;
  /** Resolves when what the door asked for has passed, or the client stops. */
  over(): Promise<void>;
  /** Resolves after the pause, or sooner: when it is cut short, or the client stops. */
  sleep(durationMs: number): Promise<void>;
  /** Ends the pauses of batches, not the one that the door asked for: the network is back. */
  wake(): void;
}

export const createPause = (clock: Clock, stopped: AbortSignal): Pause => {
  let notBeforeMs = 0;
  let waking = new AbortController();
  const sleep = (durationMs: number, signal: AbortSignal) =>
    clock.sleep(durationMs, signal).catch(() => undefined);
  return {
    until: (momentMs) => {
      notBeforeMs = Math.max(notBeforeMs, momentMs);
    },
    over: async () => {
      for (;;) {
        const leftMs = notBeforeMs - clock.nowMs();
        if (leftMs <= 0 || stopped.aborted) return;
        await sleep(leftMs, stopped);
      }
    },
    sleep: (durationMs) => sleep(durationMs, AbortSignal.any([stopped, waking.signal])),
    wake: () => {
      waking.abort();
      waking = new AbortController();
    },
  };
};
