/**
 * Which way a stream's records go: straight to Kafka, or onto the disk while Kafka is away. The order within a
 * partition is that of the calls, whatever happens:
 *
 *   direct ──Kafka owes an answer for too long──▶ spooling ──little is left──▶ closing ──nothing is left──▶ direct
 *                                                    ▲                            │
 *                                                    └────Kafka is away again─────┘
 *
 * direct: records go to the producer. spooling: they go behind what is on the disk, which is drained as soon as Kafka
 * answers. closing: they wait in memory, a moment, so that the end of the disk can be reached under load.
 * What had been given to the producer when Kafka went away may be written or not: it goes onto the disk marked so, and
 * the producer goes on trying; the drain begins when it has said what became of it.
 * A door that started without Kafka does not know what is on the topic: until it does it goes by way of the disk, whose
 * drain compares, also when Kafka is there and the disk is empty.
 */
import { MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { RecordBatcher } from '../record-batcher.ts';
import { type DirectOutcome, passes, type SpoolDrain } from './drain-spool.ts';
import type { FrameLog } from './frame-log.ts';
import { frameBytes } from './spool-frame.ts';

/** Where records are now, for good. */
export type Taken =
  | { readonly way: 'kafka' }
  /** `settled`: their memory is free only then, since the producer may still hold them. */
  | { readonly way: 'spool'; readonly settled: Promise<unknown> };

export interface StreamOutlet {
  /**
   * Resolves when the records are on Kafka or on the disk. Rejects with `ingest.spool-full`, `ingest.spool-failed`,
   * or as `Producer.send`.
   */
  append(partition: number, records: readonly OutgoingRecord[]): Promise<Taken>;
  mode(): OutletMode;
  /** Begins to drain what a process before left. */
  start(): void;
  close(): Promise<void>;
}

export type OutletMode = 'direct' | 'spooling' | 'closing';

export interface StreamOutletOptions {
  readonly topic: string;
  readonly log: FrameLog;
  readonly batcher: Pick<RecordBatcher, 'append' | 'withdraw' | 'endOf'>;
  readonly createDrain: (outcomeOf: (sequence: number) => DirectOutcome | undefined) => SpoolDrain;
  /** False: the spools of all streams together would become too large. */
  readonly hasRoom: (bytes: number) => boolean;
  /** True while ids that are on the topic are not known: all goes to the disk, and is compared with it. */
  readonly comparesAll: () => boolean;
  readonly spoolAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: (what: 'spooled' | 'drained', records: number) => void;
}

interface Entry {
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
  readonly sinceMs: number;
  readonly resolve: (taken: Taken) => void;
  readonly reject: (error: unknown) => void;
  /** The producer's answer; set while it has been asked. */
  sent?: Promise<void>;
}

/** As little as this is left: new records wait for the end in place of going behind it. */
const CLOSING_BYTES = 1024 * 1024;
const PAUSE_MS_MAX = 5_000;
/** The disk is empty, and what is on the topic is not known yet. */
const UNKNOWING_PAUSE_MS = 50;

export const createStreamOutlet = (options: StreamOutletOptions): StreamOutlet => {
  const { topic, log, batcher, spoolAfterMs, clock, logger, observe } = options;
  let mode: OutletMode = log.isEmpty() && !options.comparesAll() ? 'direct' : 'spooling';
  const inFlight = new Set<Entry>();
  let waiting: Entry[] = [];
  const outcomes = new Map<number, DirectOutcome>();
  const drain = options.createDrain((sequence) => outcomes.get(sequence));
  const closing = new AbortController();
  let draining: Promise<void> | undefined;
  let watch: NodeJS.Timeout | undefined;

  const spool = (entry: Entry, compareFrom?: number): number | undefined => {
    const { partition, records, resolve, reject } = entry;
    if (!options.hasRoom(frameBytes(records))) {
      if (entry.sent === undefined)
        reject(new MillraceError('ingest.spool-full', 'the spool is full', { retryable: true }));
      return undefined;
    }
    const compare = compareFrom ?? (options.comparesAll() ? -1 : undefined);
    const { sequence, durable } = log.append({
      ...{ takenMs: clock.nowMs(), partition, records },
      ...(compare === undefined ? {} : { compareFrom: compare }),
    });
    durable.then(
      () => {
        observe('spooled', records.length);
        resolve({
          way: 'spool',
          settled: (entry.sent ?? Promise.resolve()).catch(() => undefined),
        });
      },
      (error: unknown) => {
        // What the producer has may still be written: its own answer, or the sender's patience, decides.
        if (entry.sent === undefined) reject(error);
      },
    );
    return sequence;
  };

  const sendDirect = (entry: Entry) => {
    inFlight.add(entry);
    const sent = batcher.append(topic, entry.partition, entry.records);
    entry.sent = sent;
    sent.then(
      () => {
        inFlight.delete(entry);
        entry.resolve({ way: 'kafka' });
      },
      (error: unknown) => {
        // Withdrawn: it was taken out of the set before.
        if (inFlight.delete(entry)) entry.reject(error);
      },
    );
    keepWatch();
  };

  /** One timer for all that waits: it looks at the oldest. */
  const keepWatch = () => {
    if (watch !== undefined) return;
    const [oldest] = inFlight.size > 0 ? inFlight : waiting;
    if (oldest === undefined) return;
    const restMs = oldest.sinceMs + spoolAfterMs - performance.now();
    watch = setTimeout(
      () => {
        watch = undefined;
        const [first] = mode === 'direct' ? inFlight : waiting;
        if (first !== undefined && performance.now() - first.sinceMs >= spoolAfterMs) turnToDisk();
        else if (mode !== 'spooling') keepWatch();
      },
      Math.max(1, restMs),
    );
    watch.unref();
  };

  const turnToDisk = () => {
    if (mode === 'spooling') return;
    if (mode === 'direct') logger.warn({ topic }, 'Kafka is away: events go to the spool');
    mode = 'spooling';
    const withdrawn = batcher.withdraw(topic);
    for (const entry of [...inFlight]) {
      if (withdrawn.has(entry.sent!)) {
        inFlight.delete(entry);
        delete entry.sent;
        spool(entry);
        continue;
      }
      const sequence = spool(entry, batcher.endOf(topic, entry.partition) ?? -1);
      if (sequence !== undefined) followOutcome(entry.sent!, sequence);
    }
    const waited = waiting;
    waiting = [];
    for (const entry of waited) spool(entry);
    drainSoon();
  };

  const followOutcome = (sent: Promise<unknown>, sequence: number) =>
    sent.then(
      () => outcomes.set(sequence, 'written'),
      (error: unknown) => outcomes.set(sequence, outcomeOfFailure(error)),
    );

  const goDirect = () => {
    mode = 'direct';
    outcomes.clear();
    drain.rest();
    logger.info({ topic }, 'the spool is drained: events go to Kafka');
    const waited = waiting;
    waiting = [];
    for (const entry of waited) sendDirect(entry);
  };

  /** Resolves when the spool has been written and the stream is direct again. */
  const drainAll = async () => {
    // The producer says when Kafka is back, and what became of what it was given.
    await aborted(Promise.allSettled([...inFlight].map(({ sent }) => sent)), closing.signal);
    await drain.open();
    for (;;) {
      closing.signal.throwIfAborted();
      const chunk = await log.next();
      if (chunk !== undefined) {
        observe('drained', await drain.write(chunk));
        await log.release(chunk);
        if (mode === 'spooling' && log.bytes() <= CLOSING_BYTES && !options.comparesAll())
          mode = 'closing';
      } else if (!log.isEmpty()) await log.flushed();
      else if (options.comparesAll()) await clock.sleep(UNKNOWING_PAUSE_MS, closing.signal);
      else if (mode === 'closing') return goDirect();
      else mode = 'closing';
    }
  };

  const drainUntilDone = async () => {
    for (let pauseMs = 100; mode !== 'direct'; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        await drainAll();
      } catch (error) {
        if (closing.signal.aborted) return;
        turnToDisk();
        if (passes(error)) logger.debug({ err: error, topic }, 'the spool waits for Kafka');
        else logger.error({ err: error, topic }, 'the spool cannot be written to Kafka');
        await clock.sleep(passes(error) ? pauseMs : PAUSE_MS_MAX, closing.signal).catch(() => {});
      }
    }
  };

  const drainSoon = () => {
    draining ??= drainUntilDone().finally(() => {
      draining = undefined;
    });
  };

  return {
    append: (partition, records) => {
      const { promise, resolve, reject } = Promise.withResolvers<Taken>();
      const entry: Entry = { partition, records, sinceMs: performance.now(), resolve, reject };
      if (mode === 'direct') sendDirect(entry);
      else if (mode === 'spooling') spool(entry);
      else {
        waiting.push(entry);
        keepWatch();
      }
      return promise;
    },
    mode: () => mode,
    start: () => {
      if (mode !== 'direct') drainSoon();
    },
    close: async () => {
      clearTimeout(watch);
      closing.abort(new Error('the door is closing'));
      await draining;
      await log.flushed();
      await log.close();
      await drain.close();
    },
  };
};

const outcomeOfFailure = (error: unknown): DirectOutcome =>
  error instanceof MillraceError && error.code === 'kafka.write-outcome-unknown'
    ? 'unknown'
    : 'not-written';

const aborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
