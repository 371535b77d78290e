/**
 * Groups changes into Kafka transactions, one in flight at a time. Quiet: a commit is written at once. Busy:
 * what gathers while one transaction is in flight, and until a least interval has passed since its start, makes the next;
 * a full batch waits for nothing. A transaction costs the broker far more than its records, and on a broker that is busy
 * with many of them each takes longer. Large PostgreSQL transactions are cut at the bounds. Says when too much is
 * waiting, so that the source is read no further.
 */
import type { Clock } from '@millrace/pipeline';
import { type ChangeBatch, createChangeBatch, createSlabPool } from './change-batch.ts';

export interface BatcherOptions<Mark> {
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** Least time between the starts of two writes, unless a batch is full; ms. */
  readonly intervalMs: number;
  readonly clock: Clock;
  /** Closed and open batches together may hold this much before the source is paused. */
  readonly waitingBytesMax: number;
  /** Writes a batch whole; a rejection ends the batcher. */
  write(batch: ChangeBatch, mark: Mark): Promise<void>;
  /** Everything handed in up to `mark` is written. */
  written(mark: Mark, idle: boolean): void;
  pressure(high: boolean): void;
  failed(error: unknown): void;
}

export interface Batcher<Mark> {
  /** The batch that takes the next record. */
  readonly open: ChangeBatch;
  /** A record or more were added; `mark` says where a cut here would be. */
  added(mark: () => Mark): void;
  /** A transaction of the source ended. */
  committed(mark: () => Mark): void;
  /** Nothing is open and nothing is in flight. */
  readonly idle: boolean;
  /** Records and bytes that are not written yet. */
  readonly waitingBytes: number;
  /** Writes what is there; resolves when all is written or the batcher has failed. */
  drain(mark: () => Mark): Promise<void>;
}

interface Closed<Mark> {
  readonly batch: ChangeBatch;
  readonly mark: Mark;
}

export const createBatcher = <Mark>(options: BatcherOptions<Mark>): Batcher<Mark> => {
  const pool = createSlabPool();
  const closed: Closed<Mark>[] = [];
  let open = createChangeBatch(pool);
  let closedBytes = 0;
  let isRunning = false;
  let run: Promise<void> = Promise.resolve();
  let atCommit: (() => Mark) | undefined;
  let isHigh = false;
  let hasFailed = false;
  let isDraining = false;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let pause: AbortController | undefined;

  const waitingBytes = (): number => closedBytes + open.byteCount;
  const report = (): void => {
    const high = waitingBytes() > (isHigh ? options.waitingBytesMax / 2 : options.waitingBytesMax);
    if (high === isHigh) return;
    isHigh = high;
    options.pressure(high);
  };

  const close = (mark: Mark): void => {
    closed.push({ batch: open, mark });
    closedBytes += open.byteCount;
    open = createChangeBatch(pool);
    atCommit = undefined;
    pause?.abort();
  };

  const waitMs = (): number =>
    isDraining ? 0 : startedAtMs + options.intervalMs - options.clock.nowMs();

  /** Until the interval has passed, or a batch was closed meanwhile. */
  const untilDue = async (): Promise<void> => {
    pause = new AbortController();
    // an abort is the end of the pause like any other
    await options.clock.sleep(waitMs(), pause.signal).catch(() => undefined);
    pause = undefined;
  };

  /** In the turn in which it finds nothing left it says so: a commit that comes in the next one begins anew. */
  const writeAll = async (): Promise<void> => {
    for (;;) {
      if (closed.length === 0 && atCommit !== undefined && open.recordCount > 0) {
        if (waitMs() > 0) await untilDue();
        if (closed.length === 0 && atCommit !== undefined) close(atCommit());
      }
      const next = closed[0];
      if (next === undefined) {
        isRunning = false;
        return;
      }
      startedAtMs = options.clock.nowMs();
      await options.write(next.batch, next.mark);
      closed.shift();
      closedBytes -= next.batch.byteCount;
      next.batch.release();
      options.written(next.mark, closed.length === 0 && open.recordCount === 0);
      report();
    }
  };

  const start = (): void => {
    if (isRunning || hasFailed) return;
    isRunning = true;
    run = writeAll().catch((error: unknown) => {
      isRunning = false;
      hasFailed = true;
      options.failed(error);
    });
  };

  return {
    get open() {
      return open;
    },
    added: (mark) => {
      atCommit = undefined;
      if (open.recordCount >= options.recordsMax || open.byteCount >= options.bytesMax) {
        close(mark());
        start();
      }
      report();
    },
    committed: (mark) => {
      if (open.recordCount === 0) return;
      atCommit = mark;
      start();
    },
    get idle() {
      return !isRunning && closed.length === 0 && open.recordCount === 0;
    },
    get waitingBytes() {
      return waitingBytes();
    },
    drain: async (mark) => {
      isDraining = true;
      pause?.abort();
      if (open.recordCount > 0) close(mark());
      start();
      while (isRunning) await run;
      isDraining = false;
    },
  };
};
