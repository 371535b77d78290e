/** The batch of a stream that still takes events. When it is cut is lane/lane.ts. */
import { type Batch, randomKey } from '../batch/batch.ts';
import type { Waiter } from './entry.ts';

export interface OpenBatch {
  events(): number;
  bytes(): number;
  add(line: string, bytes: number, waiter: Waiter): void;
  /** Takes an event back out; false when it is not here any more. */
  withdraw(waiter: Waiter): number | undefined;
  /** The batch with its waiters; it is empty afterwards. Undefined when there is nothing. */
  cut(): { readonly batch: Batch; readonly waiters: readonly Waiter[] } | undefined;
}

/** Starts an empty one for a stream. A line counts with the newline behind it. */
export const createOpenBatch = (stream: string, nowMs: () => number): OpenBatch => {
  let lines: string[] = [];
  let sizes: number[] = [];
  let waiters: Waiter[] = [];
  let bytes = 0;
  let createdMs = 0;
  return {
    events: () => lines.length,
    bytes: () => bytes,
    add: (line, size, waiter) => {
      if (lines.length === 0) createdMs = nowMs();
      lines.push(line);
      sizes.push(size);
      waiters.push(waiter);
      bytes += size;
    },
    withdraw: (waiter) => {
      const at = waiters.indexOf(waiter);
      if (at < 0) return undefined;
      const size = sizes[at]!;
      for (const list of [lines, sizes, waiters]) list.splice(at, 1);
      bytes -= size;
      return size;
    },
    cut: () => {
      if (lines.length === 0) return undefined;
      const cut = {
        batch: {
          ...{ key: randomKey(), stream, events: lines.length, bytes, createdMs },
          body: lines.join('\n'),
        },
        waiters,
      };
      lines = [];
      sizes = [];
      waiters = [];
      bytes = 0;
      return cut;
    },
  };
};
