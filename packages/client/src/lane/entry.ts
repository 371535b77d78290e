/** A batch on its way through the client, with those who wait for its events. What is done to it is lane/deliver.ts. */
import type { Batch, BatchHead } from '../batch/batch.ts';
import type { EnqueueResult, EventResult, Rejected, Taken } from '../event-result.ts';

/** Who wants to know of one event. */
export interface Waiter {
  readonly settle?: (result: EventResult) => void;
  readonly queued?: (result: EnqueueResult) => void;
}

export interface Entry {
  readonly head: BatchHead;
  /** Undefined: the store alone has it. */
  body: string | undefined;
  /** By event; empty for a batch of an earlier process. */
  readonly waiters: readonly Waiter[];
  /** What is decided, by event. */
  readonly fates: (Taken | Rejected | undefined)[];
  /** The store has it. */
  stored: boolean;
  /** An attempt left it open whether its events were written. */
  mayBeWritten: boolean;
  /** Sent by beacon, whose answer nobody sees. */
  beaconed: boolean;
  /** What it holds of the queue's room, bytes. */
  readonly heldBytes: number;
  /** Resolves when every event of it has come to its end. */
  readonly finished: Promise<void>;
  readonly finish: () => void;
}

/** An entry for a batch that was just cut, or was found in the store. */
export const createEntry = (
  batch: BatchHead & Partial<Pick<Batch, 'body'>>,
  waiters: readonly Waiter[],
  stored: boolean,
): Entry => {
  const { body, ...head } = batch;
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return {
    head,
    body,
    waiters,
    fates: new Array(head.events).fill(undefined),
    stored,
    mayBeWritten: false,
    beaconed: false,
    heldBytes: head.bytes,
    finished,
    finish,
  };
};

/** Two entries out of one that is too large for the door; the same two, however often it is halved. */
export const halve = (entry: Entry, body: string): readonly [Entry, Entry] => {
  const lines = body.split('\n');
  const middle = Math.ceil(lines.length / 2);
  const half = (name: string, from: number, to: number): Entry => {
    const own = lines.slice(from, to);
    const share = Math.round((entry.heldBytes * own.length) / lines.length);
    const bytes =
      name === 'a'
        ? share
        : entry.heldBytes - Math.round((entry.heldBytes * middle) / lines.length);
    const head = { ...entry.head, key: `${entry.head.key}${name}`, events: own.length, bytes };
    const waiters = entry.waiters.slice(from, to);
    return createEntry({ ...head, body: own.join('\n') }, waiters, false);
  };
  return [half('a', 0, middle), half('b', middle, lines.length)];
};
