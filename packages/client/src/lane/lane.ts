/** The way of one stream: an open batch, cut by count, bytes or age; then batches in order, `inFlight` at a time. */
import type { EnqueueResult } from '../event-result.ts';
import type { Settings } from '../options.ts';
import type { Deliver } from './deliver.ts';
import { createEntry, type Entry, type Waiter } from './entry.ts';
import { createOpenBatch } from './open-batch.ts';

export interface Lane {
  add(line: string, bytes: number, waiter: Waiter): void;
  /** Takes an event back that is in no batch yet; its bytes, or undefined when it is too late. */
  withdraw(waiter: Waiter): number | undefined;
  /** Cuts the open batch now. */
  cut(): void;
  /** A batch of an earlier process: goes behind those that wait. */
  resume(entry: Entry): void;
  /** The oldest batch that no attempt was made for, taken out of the lane. */
  takeOldest(): Entry | undefined;
  /** When that one was made, ms since 1970 UTC. */
  oldestMs(): number | undefined;
}

export interface LaneOptions {
  readonly stream: string;
  readonly settings: Settings;
  readonly deliver: Deliver;
  /** Resolves when what is in the store has been found: that goes first. */
  readonly opened: Promise<void>;
  readonly track: (entry: Entry) => void;
}

export const createLane = ({ stream, settings, deliver, opened, track }: LaneOptions): Lane => {
  const { clock } = settings;
  const open = createOpenBatch(stream, clock.nowMs);
  const waiting: Entry[] = [];
  let inFlight = 0;
  let lingering: AbortController | undefined;
  let ready = false;
  let keeping: Promise<void> = opened.then(() => {
    ready = true;
    pump();
  });

  const pump = (): void => {
    while (ready && inFlight < settings.inFlight) {
      const entry = waiting.shift();
      if (entry === undefined) return;
      inFlight += 1;
      void deliver.deliver(entry).finally(() => {
        inFlight -= 1;
        pump();
      });
    }
  };

  const queue = (entry: Entry): void => {
    waiting.push(entry);
    pump();
  };

  const cut = (): void => {
    lingering?.abort();
    lingering = undefined;
    const made = open.cut();
    if (made === undefined) return;
    const entry = createEntry(made.batch, made.waiters, false);
    track(entry);
    if (settings.store === undefined) {
      tellQueued(entry);
      queue(entry);
      return;
    }
    // The next batch may be written meanwhile; they come out in the order in which they were cut.
    const kept = opened.then(() => deliver.keep(entry));
    keeping = Promise.all([keeping, kept]).then(() => {
      tellQueued(entry);
      // A body that waits behind others is read again when its turn comes.
      if (entry.stored && (waiting.length > 0 || inFlight >= settings.inFlight))
        entry.body = undefined;
      queue(entry);
    });
  };

  const linger = (): void => {
    lingering = new AbortController();
    clock.sleep(settings.lingerMs, lingering.signal).then(cut, () => undefined);
  };

  return {
    add: (line, bytes, waiter) => {
      if (open.events() > 0 && open.bytes() + bytes > settings.batchBytes) cut();
      open.add(line, bytes, waiter);
      if (open.events() >= settings.batchEvents || open.bytes() >= settings.batchBytes) cut();
      else if (open.events() === 1) linger();
    },
    withdraw: open.withdraw,
    cut,
    resume: queue,
    takeOldest: () => waiting.shift(),
    oldestMs: () => waiting[0]?.head.createdMs,
  };
};

const tellQueued = ({ waiters, stored }: Entry): void => {
  const result: EnqueueResult = { status: 'queued', durable: stored };
  for (const { queued } of waiters) queued?.(result);
};
