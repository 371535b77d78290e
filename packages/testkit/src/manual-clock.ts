/** A clock that stands still until the test moves it. */
import type { Clock } from '@millrace/pipeline';

export interface ManualClock extends Clock {
  /**
   * Moves time forward, waking sleepers in order of their time, and lets what they started run on before the next one
   * wakes. Resolves when time has arrived.
   */
  advance(durationMs: number): Promise<void>;
  /** How many sleep; to wait until the code under test has come to its sleep. */
  sleeping(): number;
}

interface Sleeper {
  readonly wakeAtMs: number;
  wake(): void;
}

/** Lets pending promise callbacks run: one turn of the event loop empties the queue of microtasks. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** @param startMs what the clock shows first, milliseconds since 1970-01-01 UTC */
export function createManualClock(startMs = 0): ManualClock {
  let nowMs = startMs;
  const sleepers = new Set<Sleeper>();
  const next = (untilMs: number) =>
    [...sleepers]
      .filter(({ wakeAtMs }) => wakeAtMs <= untilMs)
      .sort((left, right) => left.wakeAtMs - right.wakeAtMs)[0];

  return {
    nowMs: () => nowMs,
    sleeping: () => sleepers.size,
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason);
          return;
        }
        const sleeper: Sleeper = {
          wakeAtMs: nowMs + durationMs,
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    advance: async (durationMs) => {
      const untilMs = nowMs + durationMs;
      await turn();
      for (let sleeper = next(untilMs); sleeper !== undefined; sleeper = next(untilMs)) {
        nowMs = Math.max(nowMs, sleeper.wakeAtMs);
        sleeper.wake();
        await turn();
      }
      nowMs = untilMs;
      await turn();
    },
  };
}
