/**
 * Waits until records are queryable, by what the sink says of itself: it commits a partition's offset when all that
 * stands before it is in ClickHouse, or in `dead.sink` where ClickHouse refused it. ClickHouse is not asked.
 *
 *   a request's records are acknowledged ─▶ the ends of their partitions are read ─▶ the group's offsets are read
 *   again and again, for all who wait at once ─▶ those whose ends are committed are told
 *
 * The end is read after the acknowledgement, so the records stand before it; so may others, which are waited for, too.
 */
import type { Admin } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { IngestMetrics } from '../metrics.ts';

/** Partitions of a topic that hold a request's records. */
export interface Place {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface QueryableWatch {
  /** True when all that the places hold now is queryable; false at the bound, when `signal` aborts, or at `close`. */
  wait(places: readonly Place[], timeoutMs: number, signal: AbortSignal): Promise<boolean>;
  /** Whoever waits is answered now, and whoever comes, too. */
  close(): void;
}

export interface QueryableWatchOptions {
  readonly admin: Pick<Admin, 'partitionOffsets' | 'committedOffsets'>;
  /** The sink's consumer group. */
  readonly sinkGroup: string;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between an answer of Kafka and the next question, ms; the sink itself gathers records for 25. */
const pollMs = 20;
/** Beyond so many who wait, others are answered at once: they are few bytes each, and connections. */
const waitersMax = 10_000;

interface Waiter {
  readonly places: readonly Place[];
  readonly resolve: (queryable: boolean) => void;
  /** Offsets to be committed, by `<partition> <topic>`; undefined before the ends are read. */
  ends?: ReadonlyMap<string, number>;
}

export const createQueryableWatch = (options: QueryableWatchOptions): QueryableWatch => {
  const { metrics, clock } = options;
  const waiters = new Set<Waiter>();
  let running = false;
  let closed = false;

  const run = async (): Promise<void> => {
    running = true;
    while (waiters.size > 0) {
      await look(options, waiters);
      if (waiters.size > 0) await clock.sleep(pollMs);
    }
    running = false;
  };

  return {
    wait: async (places, timeoutMs, signal) => {
      if (closed || signal.aborted || waiters.size >= waitersMax) {
        metrics.waits.inc({ outcome: 'not_begun' });
        return false;
      }
      const beganMs = clock.nowMs();
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const waiter: Waiter = { places, resolve };
      waiters.add(waiter);
      metrics.waiting.set(waiters.size);
      const left = new AbortController();
      const leave = () => resolve(false);
      signal.addEventListener('abort', leave, { once: true });
      clock.sleep(timeoutMs, left.signal).then(leave, () => undefined);
      if (!running) void run();
      const queryable = await promise;
      left.abort();
      signal.removeEventListener('abort', leave);
      waiters.delete(waiter);
      metrics.waiting.set(waiters.size);
      metrics.waits.inc({
        outcome: queryable ? 'queryable' : signal.aborted ? 'left' : 'timed_out',
      });
      if (queryable) metrics.queryableSeconds.observe((clock.nowMs() - beganMs) / 1000);
      return queryable;
    },
    close: () => {
      closed = true;
      for (const { resolve } of waiters) resolve(false);
    },
  };
};

/** One look at Kafka for all who wait. What fails is tried again at the next; the bound of each still holds. */
const look = async (
  { admin, sinkGroup, logger }: QueryableWatchOptions,
  waiters: ReadonlySet<Waiter>,
): Promise<void> => {
  const looking = [...waiters];
  try {
    await readEnds(admin, looking);
    const topics = [...new Set(looking.flatMap(({ places }) => places.map(({ topic }) => topic)))];
    const committed = new Map<string, number>();
    for (const { topic, partition, offset } of await admin.committedOffsets(sinkGroup, topics))
      committed.set(`${partition} ${topic}`, offset);
    for (const { ends, resolve } of looking)
      if (ends !== undefined && isPassed(ends, committed)) resolve(true);
  } catch (error) {
    logger.debug({ err: error }, 'could not look at the offsets of the sink');
  }
};

const isPassed = (
  ends: ReadonlyMap<string, number>,
  committed: ReadonlyMap<string, number>,
): boolean => {
  for (const [place, end] of ends) if ((committed.get(place) ?? 0) < end) return false;
  return true;
};

/** The ends of those who have none yet: one question for each topic. */
const readEnds = async (
  admin: QueryableWatchOptions['admin'],
  looking: readonly Waiter[],
): Promise<void> => {
  const fresh = looking.filter(({ ends }) => ends === undefined);
  const topics = [...new Set(fresh.flatMap(({ places }) => places.map(({ topic }) => topic)))];
  const ends = new Map<string, number>();
  const offsets = await Promise.all(topics.map((topic) => admin.partitionOffsets(topic)));
  for (const { topic, partition, high } of offsets.flat()) ends.set(`${partition} ${topic}`, high);
  for (const waiter of fresh) {
    const own = new Map<string, number>();
    for (const { topic, partitions } of waiter.places)
      for (const partition of partitions) {
        const place = `${partition} ${topic}`;
        own.set(place, ends.get(place) ?? 0);
      }
    waiter.ends = own;
  }
};
