/**
 * Time-outs of one length for many: requests come one after the other and wait equally long, so the first in is the
 * first out, and one timer serves all. A timer, a listener and an abort for each request cost a tenth of a small one.
 */
import type { Clock } from '@millrace/pipeline';
import { Line, Waiting } from './line.ts';

/** Something that is over when its time is up. */
export abstract class Deadline extends Waiting {
  /** The queue's. */
  atMs = 0;
  abstract expired(): void;
}

export interface DeadlineQueue {
  /** Has it expire when the time is up, unless it is closed before. */
  open(deadline: Deadline): void;
  close(deadline: Deadline): void;
}

export const createDeadlineQueue = (
  durationMs: number,
  clock: Pick<Clock, 'sleep'>,
  nowMs: () => number = () => performance.now(),
): DeadlineQueue => {
  /** In the order of their times; who is closed is out at once, however long the oldest one waits. */
  const waiting = new Line<Deadline>();
  let isWatching = false;

  const watch = async () => {
    isWatching = true;
    for (let oldest = waiting.first; oldest !== undefined; oldest = waiting.first) {
      const { atMs } = oldest;
      await clock.sleep(Math.max(0, atMs - nowMs()));
      for (let due = waiting.first; due !== undefined && due.atMs <= atMs; due = waiting.first) {
        waiting.remove(due);
        due.expired();
      }
    }
    isWatching = false;
  };

  return {
    open: (deadline) => {
      deadline.atMs = nowMs() + durationMs;
      waiting.add(deadline);
      if (!isWatching) void watch();
    },
    close: (deadline) => waiting.remove(deadline),
  };
};
