import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { createCluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import type { KafkaConnection } from '../connection.ts';
import type { Isolation } from '../messages/fetch-messages.ts';
import type { ConsumedBatch, TopicPartition } from '../records.ts';
import { createFetcher, type Reading } from './fetcher.ts';

/**
 * Follows partitions without a group, each from an offset of the caller's: for standby copies, restores and
 * tables that every process holds whole. It commits nothing; where it is, the caller keeps.
 */
export interface TailConsumer {
  /**
   * Begins to follow; resolves with where: at `fromOffset`, or at the log's start where that is later. Rejects
   * with `kafka.unknown-topic` when no broker has heard of it for some seconds, and with `kafka.unavailable` after the bound.
   */
  add(starts: readonly TailStart[]): Promise<readonly (TopicPartition & Reading)[]>;
  /** Follows them no more: nothing of them is delivered after the call. */
  remove(partitions: readonly TopicPartition[]): void;
  /** Nothing more of these partitions is delivered until `resume`. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** How far it is behind, as last heard: without asking. Undefined of a partition that is not followed. */
  reading(partition: TopicPartition): Reading | undefined;
  /** The ends of these partitions, asked now; in the order of the question. */
  endOffsets(partitions: readonly TopicPartition[]): Promise<readonly number[]>;
  /**
   * Resolves when all has been delivered that the partitions held at the time of the call. Rejects with
   * `kafka.closed` when one is removed first. Whoever needs the last word of a writer fences it before.
   */
  caughtUp(partitions: readonly TopicPartition[]): Promise<void>;
  /** Resolves after `close`; rejects when the following cannot go on. */
  readonly finished: Promise<void>;
  close(): Promise<void>;
}

export interface TailStart extends TopicPartition {
  /** Below the log's start: following begins at the log's start. */
  readonly fromOffset: number;
}

export interface TailConsumerOptions {
  readonly isolation: Isolation;
  /** Synchronous: take the batch or throw (a throw is a bug and ends the following). */
  batch(batch: ConsumedBatch): void;
  /** Retention has overtaken the reader, which goes on at the log's start. By default that ends the following. */
  overtaken?(partition: TopicPartition, fromOffset: number, logStartOffset: number): void;
  /** Upper bound of one fetch response, bytes; bounds memory. */
  readonly fetchBytesMax?: number;
  readonly fetchBytesPerPartitionMax?: number;
  /** How long the broker holds an empty fetch, ms; a partition that is added waits for it at most. */
  readonly fetchWaitMs?: number;
  /** Fewer bytes than that wait on the broker for `fetchWaitMs`: fewer and larger answers. 1 when left out. */
  readonly fetchBytesMin?: number;
  /** How long a broker may be away before a question rejects with `kafka.unavailable`, ms. Following has no such bound. */
  readonly unavailableMaxMs?: number;
}

/** Large: what is followed is mostly restored. */
const FETCH_BYTES_MAX = 16 * 1024 * 1024;
const FETCH_BYTES_PER_PARTITION_MAX = 4 * 1024 * 1024;
const FETCH_WAIT_MS = 100;
/** Brokers of a cluster hear of a topic that was just made one after the other; one that none knows for so long is not there. */
const ABSENT_MS_MAX = 5_000;

interface Waiter {
  /** By partition, the offset before which all must have been delivered. */
  readonly ends: ReadonlyMap<TopicPartition, number>;
  settle(error?: unknown): void;
}

/** Opens no connection before the first partition is added. */
export const createTailConsumer = (
  connection: KafkaConnection,
  options: TailConsumerOptions,
): TailConsumer => {
  const { isolation, unavailableMaxMs = 30_000 } = options;
  const cluster = createCluster(connection);
  const closing = new AbortController();
  const waiters = new Set<Waiter>();
  const failure = Promise.withResolvers<void>();

  const retrying = <T>(operation: () => Promise<T>) =>
    retryUnavailable(operation, {
      deadlineMs: systemClock.nowMs() + unavailableMaxMs,
      signal: closing.signal,
    });
  const offsets = async (partitions: readonly TopicPartition[], end: 'start' | 'end') => {
    const found = await retrying(() => offsetsOf(cluster, partitions, end, isolation));
    const byKey = new Map(found.map((one) => [`${one.topic}:${one.partition}`, one.offset]));
    return partitions.map(({ topic, partition }) => byKey.get(`${topic}:${partition}`)!);
  };

  const wakeWaiters = (): void => {
    for (const waiter of waiters) {
      const readings = [...waiter.ends].map(([one, end]) => [fetcher.reading(one), end] as const);
      if (readings.some(([reading]) => reading === undefined)) {
        waiter.settle(new MillraceError('kafka.closed', 'a partition is not followed any more'));
      } else if (readings.every(([reading, end]) => reading!.offset >= end)) {
        waiter.settle();
      }
    }
  };

  const fetcher = createFetcher({
    ...{ cluster, isolation, logger: connection.logger, signal: closing.signal },
    fetchBytesMax: options.fetchBytesMax ?? FETCH_BYTES_MAX,
    fetchBytesPerPartitionMax: options.fetchBytesPerPartitionMax ?? FETCH_BYTES_PER_PARTITION_MAX,
    fetchWaitMs: options.fetchWaitMs ?? FETCH_WAIT_MS,
    fetchBytesMin: options.fetchBytesMin,
    deliver(batch) {
      try {
        options.batch(batch);
      } catch (cause) {
        throw new MillraceError('kafka.handler-failed', 'who follows a partition threw', { cause });
      }
      if (waiters.size > 0) wakeWaiters();
    },
    replaced([first]) {
      const made = `topic ${first!.topic} was deleted and made again`;
      failure.reject(new MillraceError('kafka.unknown-topic', made));
    },
    async outOfRange({ topic, partition }, offset) {
      const [logStartOffset] = await offsets([{ topic, partition }], 'start');
      if (options.overtaken === undefined || offset >= logStartOffset!) {
        const gone = `${topic}-${partition} does not hold offset ${offset}`;
        throw new MillraceError('kafka.offset-out-of-range', gone);
      }
      options.overtaken({ topic, partition }, offset, logStartOffset!);
      return logStartOffset!;
    },
  });
  const finished = Promise.race([fetcher.finished, failure.promise]);
  finished.then(
    () => settleAll(new MillraceError('kafka.closed', 'the tail consumer was closed')),
    (error: unknown) => {
      settleAll(error);
      closing.abort();
      cluster.close();
    },
  );
  const settleAll = (error: unknown): void => {
    for (const waiter of waiters) waiter.settle(error);
  };

  const topicIds = async (partitions: readonly TopicPartition[]): Promise<readonly string[]> => {
    const names = [...new Set(partitions.map((one) => one.topic))];
    const absentUntilMs = systemClock.nowMs() + ABSENT_MS_MAX;
    return retrying(async () => {
      const { topics } = await cluster.refresh(names);
      return partitions.map(({ topic, partition }) => {
        const found = topics.find((one) => one.topic === topic);
        if (found?.partitions.some((one) => one.partition === partition)) return found.topicId;
        const retryable = systemClock.nowMs() < absentUntilMs;
        const code = retryable ? 'kafka.unavailable' : 'kafka.unknown-topic';
        throw new MillraceError(code, `there is no ${topic}-${partition}`, { retryable });
      });
    });
  };

  return {
    async add(starts) {
      const ids = await topicIds(starts);
      const logStarts = await offsets(starts, 'start');
      const begun = starts.map(({ topic, partition, fromOffset }, index) => ({
        ...{ topic, partition, topicId: ids[index]! },
        offset: Math.max(fromOffset, logStarts[index]!),
      }));
      fetcher.add(begun);
      return begun.map(({ topic, partition, offset }) => ({
        ...{ topic, partition, offset, endOffset: undefined },
      }));
    },
    remove(partitions) {
      fetcher.remove(partitions);
      wakeWaiters();
    },
    pause: (partitions) => fetcher.pause(partitions),
    resume: (partitions) => fetcher.resume(partitions),
    reading: fetcher.reading,
    endOffsets: (partitions) => offsets(partitions, 'end'),
    async caughtUp(partitions) {
      const ends = await offsets(partitions, 'end');
      await new Promise<void>((resolve, reject) => {
        const waiter: Waiter = {
          ends: new Map(partitions.map((one, index) => [one, ends[index]!])),
          settle(error) {
            waiters.delete(waiter);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        waiters.add(waiter);
        wakeWaiters();
      });
    },
    finished,
    async close() {
      closing.abort();
      cluster.close();
      await finished.catch(() => undefined);
    },
  };
};
