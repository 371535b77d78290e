/**
 * Time-outs of one length for many: requests come one after the other and wait equally long, so the first in is the
 * first out, and one timer serves all. A timer, a listener and an abort for each request cost a tenth of a small one.
 */
import type { Clock } from '@millrace/pipeline';

export interface Deadline {
  /** Resolves when the time is up; never, when it was closed before. */
  readonly passed: Promise<void>;
  close(): void;
}

export interface DeadlineQueue {
  /** Begins now. */
  open(): Deadline;
}

interface Waiting {
  readonly atMs: number;
  readonly resolve: () => void;
}

export const createDeadlineQueue = (
  durationMs: number,
  clock: Pick<Clock, 'sleep'>,
  nowMs: () => number = () => performance.now(),
): DeadlineQueue => {
  /** In the order of their times; who is closed is out at once, however long the oldest one waits. */
  const open = new Set<Waiting>();
  let isWatching = false;

  const watch = async () => {
    isWatching = true;
    for (let [oldest] = open; oldest !== undefined; [oldest] = open) {
      const { atMs } = oldest;
      await clock.sleep(Math.max(0, atMs - nowMs()));
      for (const waiting of open) {
        if (waiting.atMs > atMs) break;
        open.delete(waiting);
        waiting.resolve();
      }
    }
    isWatching = false;
  };

  return {
    open: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiting: Waiting = { atMs: nowMs() + durationMs, resolve };
      open.add(waiting);
      if (!isWatching) void watch();
      return { passed: promise, close: () => void open.delete(waiting) };
    },
  };
};
