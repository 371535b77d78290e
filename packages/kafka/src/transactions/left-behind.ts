import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import { ERROR, isFenced, isUnavailable } from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import { endTxn } from '../messages/transaction-messages.ts';
import { describeTransaction } from '../messages/transaction-state-messages.ts';
import type { TransactionReach } from '../producer.ts';
import type { TopicPartition } from '../records.ts';
import type { Outcome } from './repeat-markers.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';
import { repeatsCommit } from './transaction-timeout.ts';

/**
 * What an instance that is gone may have left behind: its last transaction has ended as the coordinator says, and some
 * partition does not know it, because its marker was never written (see `repeat-markers.ts`).
 */
export interface LastTransaction {
  readonly outcome: Outcome;
  /** What it spans as far as the coordinator still knows. */
  readonly partitions: readonly TopicPartition[];
  /** The identity has ended a transaction. */
  readonly hasEnded: boolean;
}

const TRANSACTIONAL_ID_NOT_FOUND = 105;
const nothing: LastTransaction = { outcome: 'abort', partitions: [], hasEnded: false };

/** Topics of Kafka's own, which only a coordinator writes: groups are announced by their names. */
const isInternal = ({ topic }: TopicPartition): boolean => topic.startsWith('__');

const describe = (coordinator: TransactionCoordinator, transactionalId: string) =>
  coordinator
    .ask('transaction', transactionalId, describeTransaction(transactionalId), (answer) =>
      answer === undefined || answer.errorCode === TRANSACTIONAL_ID_NOT_FOUND
        ? []
        : [answer.errorCode],
    )
    .catch((error: unknown) => {
      // by its own words: an old broker, or rights that do not reach so far
      if (error instanceof MillraceError && !isUnavailable(error)) return undefined;
      throw error;
    });

/**
 * How the last transaction of an id ended, or will: one that is open is aborted by whoever takes over. The repetition of a
 * commit is not: it is ended here, in the name of the one that is gone, or that is still about to.
 */
export const lastTransaction = async (
  coordinator: TransactionCoordinator,
  transactionalId: string,
): Promise<LastTransaction> => {
  for (;;) {
    const found = await describe(coordinator, transactionalId);
    if (found === undefined || found.errorCode !== ERROR.none) return nothing;
    const { state, partitions } = found;
    const isRepeating = repeatsCommit(found.timeoutMs);
    if (state !== 'Ongoing' || !isRepeating) {
      return {
        outcome:
          state.endsWith('Commit') || (state === 'Empty' && isRepeating) ? 'commit' : 'abort',
        partitions: partitions.filter((one) => !isInternal(one)),
        hasEnded: state.startsWith('Complete') || isRepeating,
      };
    }
    await coordinator.ask(
      'transaction',
      transactionalId,
      endTxn({ transactionalId, ...found.identity }, 'commit'),
      // it has gone on by itself meanwhile
      ({ errorCode }) =>
        errorCode === ERROR.invalidTxnState || isFenced(errorCode) ? [] : [errorCode],
    );
  }
};

/** Partitions with a leader; what is offline can neither be looked at nor written to. */
const partitionsOf = async (
  cluster: Cluster,
  topics: readonly string[],
): Promise<readonly TopicPartition[]> => {
  if (topics.length === 0) return [];
  const answer = await cluster.refresh(topics);
  return answer.topics
    .filter(({ errorCode }) => errorCode === ERROR.none)
    .flatMap(({ topic, partitions }) =>
      partitions.filter(({ leader }) => leader >= 0).map(({ partition }) => ({ topic, partition })),
    )
    .filter((one) => !isInternal(one));
};

interface Stuck extends TopicPartition {
  readonly stable: number;
}

/** Those that hold records which nobody who reads committed ones sees yet. */
const hiding = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<readonly Stuck[]> => {
  if (partitions.length === 0) return [];
  const [stable, high] = await Promise.all([
    offsetsOf(cluster, partitions, 'end', 'read_committed'),
    offsetsOf(cluster, partitions, 'end', 'read_uncommitted'),
  ]);
  const stableAt = new Map(stable.map((one) => [keyOf(one), one.offset]));
  return high.flatMap(({ topic, partition, offset }) => {
    const known = stableAt.get(keyOf({ topic, partition })) ?? offset;
    return offset > known ? [{ topic, partition, stable: known }] : [];
  });
};

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

/** Transactions of others that are under way move on meanwhile. */
const LOOK_AGAIN_MS = 100;

/**
 * Partitions within reach where something is open and stays so, perhaps for want of our marker: one of ours says nothing
 * to another's. Rejects with `kafka.unavailable` after the time-out.
 */
export const openWithin = async (
  cluster: Cluster,
  { topics = [] }: TransactionReach,
  timeoutMs: number,
): Promise<readonly TopicPartition[]> => {
  const looking = <T>(look: () => Promise<T>) =>
    retryUnavailable(look, { deadlineMs: systemClock.nowMs() + timeoutMs });
  const names = typeof topics === 'function' ? await topics() : topics;
  const first = await looking(async () => hiding(cluster, await partitionsOf(cluster, names)));
  if (first.length === 0) return [];
  await systemClock.sleep(LOOK_AGAIN_MS);
  const stableAt = new Map(first.map((one) => [keyOf(one), one.stable]));
  const second = await looking(() => hiding(cluster, first));
  return second
    .filter((one) => stableAt.get(keyOf(one)) === one.stable)
    .map(({ topic, partition }) => ({ topic, partition }));
};
