import { setImmediate as nextTurn } from 'node:timers/promises';
import { MillraceError } from '@millrace/contracts';
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
import { type FetchedPartition, fetchRecords } from '../messages/fetch-messages.ts';
import { rowsOfPacks } from '../record-rows.ts';
import type { ConsumedBatch, TopicPartition } from '../records.ts';
import { readCommittedRecords } from '../wire/committed-records.ts';

/**
 * Reads the partitions of one generation: one request at a time to each leader, for the partitions that
 * are not paused; answers are handed over at once and never kept (T13). Memory is bounded by the size of
 * one answer per broker.
 */
export interface Fetcher {
  pause(partitions: readonly TopicPartition[]): void;
  /** Goes on reading them, behind those that never stopped; each by `bytesMax` at a time when that is given. */
  resume(partitions: readonly TopicPartition[], bytesMax?: number): void;
  /** Reads no more of them. */
  finish(partitions: readonly TopicPartition[]): void;
  /** Resolves when a topic was deleted and made again: these partitions are another log now. */
  readonly replaced: Promise<void>;
  /** Resolves when the signal aborts; rejects when a partition cannot be read or a delivery throws. */
  readonly finished: Promise<void>;
}

export interface FetcherOptions {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly fetchBytesMax: number;
  readonly fetchBytesPerPartitionMax: number;
  readonly fetchWaitMs: number;
  readonly signal: AbortSignal;
  readonly start: readonly (TopicPartition & {
    readonly topicId: string;
    readonly offset: number;
  })[];
  deliver(batch: ConsumedBatch): void;
}

interface Position extends TopicPartition {
  readonly topicId: string;
  offset: number;
  bytesMax: number;
  paused: boolean;
  /** Failed tries in a row; the partition rests while `resting`. */
  failures: number;
  resting: boolean;
}

export const createFetcher = (options: FetcherOptions): Fetcher => {
  const { cluster, logger, signal, deliver } = options;
  const positions = new Map<string, Position>(
    options.start.map((one) => [
      `${one.topic}:${one.partition}`,
      {
        ...{ ...one, bytesMax: options.fetchBytesPerPartitionMax },
        ...{ paused: false, failures: 0, resting: false },
      },
    ]),
  );
  const fetching = new Set<number>();
  const { promise: finished, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  const { promise: replaced, resolve: replace } = Promise.withResolvers<void>();
  if (signal.aborted) finish();
  signal.addEventListener('abort', () => finish(), { once: true });

  const wanted = () => [...positions.values()].filter((one) => !one.paused && !one.resting);

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
      if (resting.some(isReplaced)) replace();
      else wake();
    })();
  };

  /** Hands over what one answer holds of one partition; false when it cannot be read now. */
  const take = (position: Position, answer: FetchedPartition): boolean => {
    const { topic, partition, offset } = position;
    if (isLeaderError(answer.errorCode)) return false;
    if (answer.errorCode === ERROR.offsetOutOfRange) {
      // Never reset: what lies between was not read, and a person must know (T5).
      throw new MillraceError(
        'kafka.offset-out-of-range',
        `${topic}-${partition} does not hold offset ${offset}`,
      );
    }
    if (answer.errorCode !== ERROR.none) {
      throw refused(answer.errorCode, `reading ${topic}-${partition}`);
    }
    position.failures = 0;
    const { packs, nextOffset } = readCommittedRecords(answer.batches, answer.aborted, offset);
    if (nextOffset === offset) return true;
    position.offset = nextOffset;
    const { highWatermark, lastStableOffset } = answer;
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
        isolation: 'read_committed',
        bytesMax: options.fetchBytesMax,
        waitMs: options.fetchWaitMs,
      }),
      'fetch',
    );
    for (const answer of answers) {
      if (signal.aborted) return;
      const found = asked.get(`${answer.topicId}:${answer.partition}`);
      // Paused while the answer was under way: left for the time after `resume`.
      if (!found || found.position.paused || found.position.offset !== found.offset) continue;
      const { position } = found;
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
    partitions
      .map(({ topic, partition }) => positions.get(`${topic}:${partition}`))
      .filter((position) => position !== undefined);

  wake();
  return {
    pause(partitions) {
      for (const position of known(partitions)) position.paused = true;
    },
    finish(partitions) {
      for (const position of known(partitions)) {
        position.paused = true;
        positions.delete(`${position.topic}:${position.partition}`);
      }
    },
    resume(partitions, bytesMax) {
      for (const position of known(partitions)) {
        position.bytesMax = bytesMax ?? position.bytesMax;
        if (!position.paused) continue;
        position.paused = false;
        // An answer is filled from the front: whoever had a rest goes to the end, so that all get their turn.
        const key = `${position.topic}:${position.partition}`;
        positions.delete(key);
        positions.set(key, position);
      }
      wake();
    },
    replaced,
    finished,
  };
};
