/**
 * Time-outs of one length for many: requests come one after the other and wait equally long, so the first in is the
 * first out, and one timer serves all. A timer, a listener and an abort for each request cost a tenth of a small one.
 */
import type { Clock } from '@millrace/pipeline';

export interface DeadlineQueue {
  /** True when the work was done in time, false when the time was up first. Rejects as the work does, until then. */
  within(work: Promise<unknown>): Promise<boolean>;
}

interface Waiting {
  readonly atMs: number;
  readonly resolve: (inTime: boolean) => void;
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
        waiting.resolve(false);
      }
    }
    isWatching = false;
  };

  return {
    within: (work) =>
      new Promise((resolve, reject) => {
        const waiting: Waiting = { atMs: nowMs() + durationMs, resolve };
        open.add(waiting);
        if (!isWatching) void watch();
        work.then(
          () => {
            open.delete(waiting);
            resolve(true);
          },
          (error: unknown) => {
            open.delete(waiting);
            reject(error);
          },
        );
      }),
  };
};
