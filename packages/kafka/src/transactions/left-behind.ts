import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import { ERROR, isLeaderError, isUnavailable, refused } from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import { describeProducers, describeTransaction } from '../messages/transaction-state-messages.ts';
import type { TransactionReach } from '../producer.ts';
import type { TopicPartition } from '../records.ts';
import type { Outcome } from './repeat-markers.ts';
import type { TransactionCoordinator } from './transaction-coordinator.ts';

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
const NOT_AUTHORISED = 29;
const nothing: LastTransaction = { outcome: 'abort', partitions: [], hasEnded: false };

/** Topics of Kafka's own, which only a coordinator writes: groups are announced by their names. */
const isInternal = ({ topic }: TopicPartition): boolean => topic.startsWith('__');

/** How the last transaction of an id ended, or will: one that is open is aborted by whoever takes over. */
export const lastTransaction = async (
  coordinator: TransactionCoordinator,
  transactionalId: string,
): Promise<LastTransaction> => {
  const found = await coordinator
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
  if (found === undefined || found.errorCode !== ERROR.none) return nothing;
  return {
    outcome: found.state.endsWith('Commit') ? 'commit' : 'abort',
    partitions: found.partitions.filter((one) => !isInternal(one)),
    hasEnded: found.state.startsWith('Complete'),
  };
};

/** Partitions with a leader; what is offline can neither be looked at nor written to. */
const partitionsWithin = async (
  cluster: Cluster,
  topics: readonly string[] | undefined,
): Promise<readonly TopicPartition[]> => {
  if (topics?.length === 0) return [];
  const answer = await cluster.refresh(topics);
  return answer.topics
    .filter(({ errorCode }) => errorCode === ERROR.none)
    .flatMap(({ topic, partitions }) =>
      partitions.filter(({ leader }) => leader >= 0).map(({ partition }) => ({ topic, partition })),
    )
    .filter((one) => !isInternal(one));
};

/** Those of the partitions on which the producer has a transaction open; also where the broker does not let us look. */
const openOn = async (
  cluster: Cluster,
  producerId: bigint,
  partitions: readonly TopicPartition[],
): Promise<readonly TopicPartition[]> => {
  const byLeader = Map.groupBy(partitions, (one) => cluster.leader(one.topic, one.partition));
  const answers = await Promise.all(
    [...byLeader].map(([nodeId, ofLeader]) => {
      if (nodeId === undefined) throw refused(ERROR.leaderNotAvailable, 'describing producers');
      const topics = [...Map.groupBy(ofLeader, ({ topic }) => topic)].map(([topic, some]) => ({
        topic,
        partitions: some.map(({ partition }) => partition),
      }));
      return cluster.send(nodeId, describeProducers(topics));
    }),
  );
  return answers.flat().filter(({ errorCode, open, topic }) => {
    if (errorCode === NOT_AUTHORISED) return true;
    if (isLeaderError(errorCode)) throw refused(errorCode, `describing producers of ${topic}`);
    return errorCode === ERROR.none && open.includes(producerId);
  });
};

/**
 * Partitions within reach on which the producer has a transaction open although it has none. Rejects with
 * `kafka.unavailable` after the time-out.
 */
export const openWithin = async (
  cluster: Cluster,
  producerId: bigint,
  { topics = [] }: TransactionReach,
  timeoutMs: number,
): Promise<readonly TopicPartition[]> =>
  retryUnavailable(
    async () => {
      const wanted =
        topics === 'all' ? undefined : await (typeof topics === 'function' ? topics() : topics);
      const partitions = await partitionsWithin(cluster, wanted);
      if (partitions.length === 0) return [];
      const [stable, high] = await Promise.all([
        offsetsOf(cluster, partitions, 'end', 'read_committed'),
        offsetsOf(cluster, partitions, 'end', 'read_uncommitted'),
      ]);
      const keyOf = ({ topic, partition }: TopicPartition) => `${topic}:${partition}`;
      const stableOf = new Map(stable.map((one) => [keyOf(one), one.offset]));
      const hiding = high.filter((one) => one.offset > (stableOf.get(keyOf(one)) ?? 0));
      return hiding.length === 0 ? [] : openOn(cluster, producerId, hiding);
    },
    { deadlineMs: systemClock.nowMs() + timeoutMs },
  );
