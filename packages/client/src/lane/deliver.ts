/**
 * Brings one batch to its end: attempts, pauses, halving, and telling everyone who waits. Which batch is next is
 * lane/lane.ts.
 */
import type { Outcome } from '../answer/read-answer.ts';
import { retryDelayMs } from '../answer/retry-delay.ts';
import type { SendBatch } from '../answer/send-batch.ts';
import { eventsOf } from '../batch/batch.ts';
import { type UnsentCode, unsent } from '../event-result.ts';
import type { Settings } from '../options.ts';
import { type Entry, halve } from './entry.ts';
import type { Pause } from './pause.ts';
import type { Room } from './room.ts';

export interface Deliver {
  /** Resolves when every event of the batch has come to its end. Never rejects. */
  deliver(entry: Entry): Promise<void>;
  /** Ends it without another attempt. */
  giveUp(entry: Entry, code: UnsentCode): Promise<void>;
  /** Puts a batch into the store, when there is one; falls back to memory when that fails. */
  keep(entry: Entry): Promise<void>;
}

export interface DeliverOptions {
  readonly settings: Settings;
  readonly send: SendBatch;
  readonly room: Room;
  readonly pause: Pause;
  /** Aborted when the client stops trying. */
  readonly stopped: AbortSignal;
  readonly track: (entry: Entry) => void;
}

/** How often an answer is asked for that may never get better: 500 and 401. */
const stubbornMax = 10;

const reasons: Readonly<Record<UnsentCode, string>> = {
  deadline: 'The deadline passed before the door took it.',
  'queue-full': 'The queue is full.',
  dropped: 'It made room for a newer event.',
  closed: 'The client was closed.',
  aborted: 'It was aborted.',
  'not-json': 'It is no JSON.',
};

type Failed = Extract<Outcome, { kind: 'failed' | 'fates' }>;

export const createDeliver = (options: DeliverOptions): Deliver => {
  const { settings, send, room, pause, stopped } = options;
  const { clock, store } = settings;

  const storeFailed = (error: unknown): void => settings.onStoreFailed(error);

  const keep = async (entry: Entry): Promise<void> => {
    if (store === undefined || entry.body === undefined) return;
    try {
      await store.add({ ...entry.head, body: entry.body });
      entry.stored = true;
    } catch (error) {
      storeFailed(error);
    }
  };

  const forget = async (entry: Entry): Promise<void> => {
    if (!entry.stored) return;
    await store?.remove(entry.head.key).catch(storeFailed);
  };

  const bodyOf = async (entry: Entry): Promise<string | undefined> => {
    if (entry.body !== undefined) return entry.body;
    try {
      return (await store?.read(entry.head.key))?.body;
    } catch (error) {
      storeFailed(error);
      return undefined;
    }
  };

  const close = (entry: Entry): void => {
    entry.body = undefined;
    entry.finish();
  };

  /** Every event has a fate: tells them, and forgets the batch. */
  const complete = async (entry: Entry, body: string): Promise<void> => {
    const { stream } = entry.head;
    const events = entry.fates.some((fate) => fate?.status === 'rejected') ? eventsOf(body) : [];
    await forget(entry);
    room.give(entry.head.events, entry.heldBytes);
    for (const [index, result] of entry.fates.entries()) {
      entry.waiters[index]?.settle?.(result!);
      if (result?.status === 'rejected')
        settings.onRejected({ stream, event: events[index], result });
    }
    close(entry);
  };

  const giveUp = async (entry: Entry, code: UnsentCode): Promise<void> => {
    // At once: who drops it wants its room in the same turn.
    room.give(entry.head.events, entry.heldBytes);
    const stays = entry.stored && code === 'closed';
    const { stream } = entry.head;
    const body = stays ? undefined : await bodyOf(entry);
    if (!stays) await forget(entry);
    const { mayBeWritten } = entry;
    const result = unsent(code, reasons[code], { mayBeWritten, stored: stays });
    for (const [index, waiter] of entry.waiters.entries())
      waiter.settle?.(entry.fates[index] ?? result);
    const events = body === undefined ? [] : eventsOf(body);
    const lost = events.filter((_event, index) => entry.fates[index] === undefined);
    if (lost.length > 0) settings.onDropped({ stream, events: lost, code });
    close(entry);
  };

  const split = async (entry: Entry, body: string): Promise<void> => {
    const halves = halve(entry, body);
    for (const half of halves) {
      options.track(half);
      if (entry.stored) await keep(half);
    }
    // The halves hold the room now.
    await forget(entry);
    entry.body = undefined;
    for (const half of halves) await deliver(half);
    entry.finish();
  };

  const rest = async (entry: Entry, failures: number, { cause, askedMs }: Failed) => {
    const delayMs = retryDelayMs(failures, askedMs, settings);
    const { stream, events } = entry.head;
    settings.onRetry({ stream, events, attempt: failures, cause, delayMs });
    if (askedMs !== undefined) pause.until(clock.nowMs() + delayMs);
    await pause.sleep(delayMs);
  };

  const deliver = async (entry: Entry): Promise<void> => {
    for (let failures = 0, stubborn = 0; ; ) {
      await pause.over();
      if (stopped.aborted) return giveUp(entry, 'closed');
      if (clock.nowMs() - entry.head.createdMs >= settings.deadlineMs)
        return giveUp(entry, 'deadline');
      const body = await bodyOf(entry);
      if (body === undefined) {
        // Another tab that took this one for closed has sent it, or the disk lost it, which the store has told.
        entry.mayBeWritten = true;
        return giveUp(entry, 'dropped');
      }
      const outcome = await send({ ...entry.head, body }, stopped);
      if (outcome.kind === 'no-gzip') continue;
      if (outcome.kind === 'too-large') {
        if (entry.head.events > 1) return split(entry, body);
        entry.fates[0] = outcome.refusal;
        return complete(entry, body);
      }
      failures += 1;
      if (outcome.kind === 'fates') {
        for (const [index, fate] of outcome.fates.entries()) entry.fates[index] ??= fate;
        if (!entry.fates.includes(undefined)) return complete(entry, body);
        entry.mayBeWritten = true;
      } else {
        entry.mayBeWritten ||= outcome.open;
        if (outcome.stubborn !== undefined && ++stubborn >= stubbornMax) {
          for (const index of entry.fates.keys()) entry.fates[index] ??= outcome.stubborn;
          return complete(entry, body);
        }
      }
      if (!stopped.aborted) await rest(entry, failures, outcome);
    }
  };

  return { deliver, giveUp, keep };
};
