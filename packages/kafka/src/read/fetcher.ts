import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Logger, systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import {
  ERROR,
  errorName,
  isLeaderError,
  isUnavailable,
  refused,
} from '../cluster/protocol-errors.ts';
import { pauseMs } from '../cluster/retry.ts';
import { type FetchedPartition, fetchRecords, type Isolation } from '../messages/fetch-messages.ts';
import { rowsOfPacks } from '../record-rows.ts';
import type { ConsumedBatch, TopicPartition } from '../records.ts';
import { readCommittedRecords } from '../wire/committed-records.ts';

/**
 * Reads partitions that come and go: one request at a time to each leader, for those that are not paused;
 * answers are handed over at once and never kept (T13). Memory is bounded by the size of one answer per
 * broker. Partitions that stay do not notice that others were added or removed.
 */
export interface Fetcher {
  /** Begins to read them, unpaused, after those that are read already. One that is read is set to the offset. */
  add(starts: readonly FetchStart[]): void;
  /** Reads no more of them from now on: nothing of them is delivered after the call. */
  remove(partitions: readonly TopicPartition[]): void;
  pause(partitions: readonly TopicPartition[]): void;
  /** Goes on reading them, behind those that never stopped; each by `bytesMax` at a time when that is given. */
  resume(partitions: readonly TopicPartition[], bytesMax?: number): void;
  /** How far it is; undefined of a partition that is not read. */
  reading(partition: TopicPartition): Reading | undefined;
  /** Resolves when the signal aborts; rejects when a partition cannot be read or a delivery throws. */
  readonly finished: Promise<void>;
}

export interface Reading {
  /** Read next. */
  readonly offset: number;
  /** Of the log, for this reader's isolation, as last heard; undefined until the first answer. */
  readonly endOffset: number | undefined;
}

/** The topic by its id: one that was made again under the same name is another log. */
export interface FetchStart extends TopicPartition {
  readonly topicId: string;
  readonly offset: number;
}

export interface FetcherOptions {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly isolation: Isolation;
  readonly fetchBytesMax: number;
  readonly fetchBytesPerPartitionMax: number;
  readonly fetchWaitMs: number;
  /** What is less waits on the broker for `fetchWaitMs`; 1 when left out. */
  readonly fetchBytesMin?: number | undefined;
  readonly signal: AbortSignal;
  deliver(batch: ConsumedBatch): void;
  /** These topics were deleted and made again; nothing more is read of the partitions, which are removed. */
  replaced(partitions: readonly TopicPartition[]): void;
  /**
   * The offset is not in the log. Where to read on, when that is known; never by itself, because what lies
   * between was not read (T5). The partition waits meanwhile; a rejection ends the fetcher.
   */
  outOfRange(partition: TopicPartition, offset: number): Promise<number>;
}

interface Position extends TopicPartition {
  readonly topicId: string;
  offset: number;
  endOffset: number | undefined;
  bytesMax: number;
  paused: boolean;
  /** Failed tries in a row; the partition rests while `resting`. */
  failures: number;
  resting: boolean;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

export const createFetcher = (options: FetcherOptions): Fetcher => {
  const { cluster, logger, isolation, signal, deliver } = options;
  const positions = new Map<string, Position>();
  const fetching = new Set<number>();
  const { promise: finished, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  if (signal.aborted) finish();
  signal.addEventListener('abort', () => finish(), { once: true });

  const wanted = () => [...positions.values()].filter((one) => !one.paused && !one.resting);
  const isRead = (position: Position) => positions.get(keyOf(position)) === position;

  const isReplaced = ({ topic, topicId }: Position): boolean =>
    topicId !== (cluster.topicId(topic) ?? topicId);

  const rest = (resting: readonly Position[], reason: unknown) => {
    if (resting.length === 0 || signal.aborted) return;
    logger.debug({ err: reason, partitions: resting.length }, 'reading will be tried again');
    for (const position of resting) {
      position.failures += 1;
      position.resting = true;
    }
    void (async () => {
      const tries = Math.max(...resting.map((one) => one.failures));
      await systemClock.sleep(pauseMs(Math.min(tries, 10)), signal).catch(() => undefined);
      const topics = [...new Set(resting.map((one) => one.topic))];
      if (!signal.aborted) await cluster.refresh(topics).catch(() => undefined);
      for (const position of resting) position.resting = false;
      const gone = resting.filter((one) => isRead(one) && isReplaced(one));
      for (const position of gone) positions.delete(keyOf(position));
      if (gone.length > 0 && !signal.aborted) options.replaced(gone);
      wake();
    })();
  };

  const seek = (position: Position): void => {
    position.resting = true;
    options.outOfRange(position, position.offset).then((offset) => {
      position.offset = offset;
      position.resting = false;
      wake();
    }, fail);
  };

  /** Hands over what one answer holds of one partition; false when it cannot be read now. */
  const take = (position: Position, answer: FetchedPartition): boolean => {
    const { topic, partition, offset } = position;
    if (isLeaderError(answer.errorCode)) return false;
    if (answer.errorCode === ERROR.offsetOutOfRange) {
      seek(position);
      return true;
    }
    if (answer.errorCode !== ERROR.none) {
      throw refused(answer.errorCode, `reading ${topic}-${partition}`);
    }
    position.failures = 0;
    const { highWatermark, lastStableOffset } = answer;
    position.endOffset = isolation === 'read_committed' ? lastStableOffset : highWatermark;
    const aborted = isolation === 'read_committed' ? answer.aborted : [];
    const { packs, nextOffset } = readCommittedRecords(answer.batches, aborted, offset);
    if (nextOffset === offset) return true;
    position.offset = nextOffset;
    const records = rowsOfPacks(packs);
    deliver({ topic, partition, records, nextOffset, highWatermark, lastStableOffset });
    return true;
  };

  const fetchFrom = async (nodeId: number, from: readonly Position[]) => {
    const asked = new Map(
      from.map((one) => [`${one.topicId}:${one.partition}`, { position: one, offset: one.offset }]),
    );
    const answers = await cluster.send(
      nodeId,
      fetchRecords({
        positions: from,
        isolation,
        bytesMax: options.fetchBytesMax,
        waitMs: options.fetchWaitMs,
        ...(options.fetchBytesMin !== undefined && { bytesMin: options.fetchBytesMin }),
      }),
      'fetch',
    );
    for (const answer of answers) {
      if (signal.aborted) return;
      const found = asked.get(`${answer.topicId}:${answer.partition}`);
      if (!found || !isRead(found.position)) continue;
      const { position } = found;
      // Paused while the answer was under way: left for the time after `resume`.
      if (position.paused || position.offset !== found.offset) continue;
      if (!take(position, answer)) rest([position], errorName(answer.errorCode));
      // Heartbeats, commits and the handlers' own work get their turn between partitions.
      if (answer.batches.length > 0) await nextTurn();
    }
  };

  const fetchLoop = async (nodeId: number) => {
    fetching.add(nodeId);
    let from: readonly Position[] = [];
    try {
      while (!signal.aborted) {
        from = wanted().filter((one) => cluster.leader(one.topic, one.partition) === nodeId);
        if (from.length === 0) break;
        await fetchFrom(nodeId, from);
      }
    } catch (error) {
      if (isUnavailable(error)) rest(from, error);
      else fail(error);
    } finally {
      fetching.delete(nodeId);
    }
  };

  const wake = () => {
    if (signal.aborted) return;
    const byLeader = Map.groupBy(wanted(), (one) => cluster.leader(one.topic, one.partition));
    for (const [nodeId, from] of byLeader) {
      if (nodeId === undefined) rest(from, 'no leader');
      else if (!fetching.has(nodeId)) void fetchLoop(nodeId).then(wakeIfIdle);
    }
  };

  /** A partition may have been resumed, or have moved here, between the loop's last look and its end. */
  const wakeIfIdle = () => {
    if (wanted().some((one) => !fetching.has(cluster.leader(one.topic, one.partition) ?? -1))) {
      wake();
    }
  };

  const known = (partitions: readonly TopicPartition[]) =>
    partitions.map((one) => positions.get(keyOf(one))).filter((position) => position !== undefined);

  let isWaking = false;
  /** Once for all that are added together: the first request holds every one of them. */
  const wakeSoon = () => {
    if (isWaking) return;
    isWaking = true;
    setImmediate(() => {
      isWaking = false;
      wake();
    });
  };

  return {
    add(starts) {
      const bytesMax = options.fetchBytesPerPartitionMax;
      for (const start of starts) {
        const { topic, partition, topicId, offset } = start;
        positions.set(keyOf(start), {
          ...{ topic, partition, topicId, offset, endOffset: undefined, bytesMax },
          ...{ paused: false, failures: 0, resting: false },
        });
      }
      wakeSoon();
    },
    remove(partitions) {
      for (const partition of partitions) positions.delete(keyOf(partition));
    },
    pause(partitions) {
      for (const position of known(partitions)) position.paused = true;
    },
    resume(partitions, bytesMax) {
      for (const position of known(partitions)) {
        position.bytesMax = bytesMax ?? position.bytesMax;
        if (!position.paused) continue;
        position.paused = false;
        // An answer is filled from the front: whoever had a rest goes to the end, so that all get their turn.
        const key = keyOf(position);
        positions.delete(key);
        positions.set(key, position);
      }
      wake();
    },
    reading(partition) {
      const { offset, endOffset } = positions.get(keyOf(partition)) ?? {};
      return offset === undefined ? undefined : { offset, endOffset };
    },
    finished,
  };
};
