import { MillraceError } from '@millrace/contracts';
import type { Cluster } from '../cluster/cluster.ts';
import { ERROR, refused } from '../cluster/protocol-errors.ts';
import { type GroupMember, joinGroup, syncGroup } from '../messages/group-messages.ts';
import type { TopicPartition } from '../records.ts';
import { assignPartitions } from './assign-partitions.ts';
import type { Coordinator } from './coordinator.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  PROTOCOL_NAME,
} from './group-protocol.ts';

/** One passage through a group's rebalance: join, deal as leader, take what was dealt. */
export interface Membership extends GroupMember {
  readonly partitions: readonly TopicPartition[];
  /** Set on the leader: the partition counts it dealt by, to notice that topics grew. */
  readonly dealt?: ReadonlyMap<string, number>;
}

export interface JoinOptions {
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Remembered between calls: a member that rejoins under its id does not wait for its own session to end. */
  readonly memberId: { current: string };
  readonly signal: AbortSignal;
}

/** Partition counts of the topics that exist; a missing one counts nothing until it appears. */
export const countPartitions = async (
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const { topics: found } = await cluster.refresh(topics);
  return new Map(found.map((topic) => [topic.topic, topic.partitions.length]));
};

const startOver = new Set<number>([
  ERROR.rebalanceInProgress,
  ERROR.illegalGeneration,
  ERROR.unknownMemberId,
]);

/** Undefined: the group moved on meanwhile, join again. */
const tryJoin = async (options: JoinOptions): Promise<Membership | undefined> => {
  const { cluster, coordinator, groupId, topics, memberId } = options;
  const joined = await coordinator.send(
    joinGroup({
      groupId,
      memberId: memberId.current,
      sessionTimeoutMs: options.sessionTimeoutMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs,
      protocolName: PROTOCOL_NAME,
      subscription: encodeSubscription(topics),
    }),
  );
  if (joined.errorCode === ERROR.memberIdRequired) {
    memberId.current = joined.memberId;
    return undefined;
  }
  if (startOver.has(joined.errorCode)) {
    memberId.current = '';
    return undefined;
  }
  if (joined.errorCode !== ERROR.none) throw refused(joined.errorCode, `joining group ${groupId}`);
  memberId.current = joined.memberId;

  const member = { groupId, generation: joined.generation, memberId: joined.memberId };
  const leads = joined.leaderId === joined.memberId;
  const subscriptions = joined.members.map((one) => ({
    memberId: one.memberId,
    topics: decodeSubscription(one.subscription),
  }));
  const dealt = leads
    ? await countPartitions(cluster, [...new Set(subscriptions.flatMap((one) => one.topics))])
    : undefined;
  const assignments = dealt === undefined ? [] : [...assignPartitions(subscriptions, dealt)];
  const synced = await coordinator.send(
    syncGroup(
      member,
      assignments.map(([id, partitions]) => ({
        memberId: id,
        assignment: encodeAssignment(partitions),
      })),
      options.rebalanceTimeoutMs,
    ),
  );
  if (startOver.has(synced.errorCode)) return undefined;
  if (synced.errorCode !== ERROR.none) throw refused(synced.errorCode, `joining group ${groupId}`);
  const partitions = decodeAssignment(synced.assignment);
  return { ...member, partitions, ...(dealt !== undefined && { dealt }) };
};

/** Resolves with the membership of a new generation; rejects with `kafka.closed` when the signal aborts. */
export const joinUntilMember = async (options: JoinOptions): Promise<Membership> => {
  const { coordinator, signal, groupId } = options;
  while (!signal.aborted) {
    const membership = await coordinator.patiently(
      `joining group ${groupId}`,
      () => tryJoin(options),
      signal,
    );
    if (membership !== undefined) return membership;
  }
  throw new MillraceError('kafka.closed', `the member of ${groupId} was closed`);
};
