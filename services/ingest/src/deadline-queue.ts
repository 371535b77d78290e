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
  isOpen: boolean;
}

export const createDeadlineQueue = (
  durationMs: number,
  clock: Pick<Clock, 'sleep'>,
  nowMs: () => number = () => performance.now(),
): DeadlineQueue => {
  let queue: Waiting[] = [];
  let first = 0;
  let isWatching = false;

  const dropClosed = () => {
    while (first < queue.length && !queue[first]!.isOpen) first += 1;
    if (first > 1024 && first * 2 > queue.length) {
      queue = queue.slice(first);
      first = 0;
    }
  };

  const watch = async () => {
    isWatching = true;
    for (dropClosed(); first < queue.length; dropClosed()) {
      const { atMs } = queue[first]!;
      await clock.sleep(Math.max(0, atMs - nowMs()));
      for (let index = first; index < queue.length && queue[index]!.atMs <= atMs; index += 1) {
        const waiting = queue[index]!;
        if (waiting.isOpen) waiting.resolve();
        waiting.isOpen = false;
      }
    }
    queue = [];
    first = 0;
    isWatching = false;
  };

  return {
    open: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const waiting: Waiting = { atMs: nowMs() + durationMs, resolve, isOpen: true };
      queue.push(waiting);
      if (!isWatching) void watch();
      return {
        passed: promise,
        close: () => {
          waiting.isOpen = false;
        },
      };
    },
  };
};
