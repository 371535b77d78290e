import { MillraceError } from '@millrace/contracts';
import type { Assignor, MemberAssignment } from '../assignor.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { ERROR, refused } from '../cluster/protocol-errors.ts';
import {
  type GroupMember,
  type JoinGroupResponse,
  joinGroup,
  syncGroup,
} from '../messages/group-messages.ts';
import type { TopicPartition } from '../records.ts';
import type { Coordinator } from './coordinator.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './group-protocol.ts';
import type { PeerAddress } from './peers/peer.ts';

/** One passage through a group's rebalance: join, deal as leader, take what was dealt. */
export interface Membership extends GroupMember, Required<MemberAssignment> {
  /** The assignor that the group agreed on. */
  readonly protocolName: string;
  /** The partition counts that were dealt by, to notice that topics grew; of the leader and of static members. */
  readonly dealt?: ReadonlyMap<string, number>;
}

export interface JoinOptions {
  readonly cluster: Cluster;
  readonly coordinator: Coordinator;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly assignors: readonly Assignor[];
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Remembered between calls: a member that rejoins under its id does not wait for its own session to end. */
  readonly memberId: { current: string };
  /** What this member owns while it joins, and goes on owning if it is dealt it again. */
  claims(): {
    readonly owned: readonly TopicPartition[];
    readonly generation: number;
  };
  /** Where others may ask whether this process lives, for members that are watched. */
  peer?(): Promise<PeerAddress | undefined>;
  /** Asked before a process joins that is not in the group, with where it can be asked. */
  joining?(self: PeerAddress): Promise<void>;
  /** The group does not know this member any more: what it owned is somebody else's. */
  forgotten(): void;
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

export const instanceReplaced = (groupId: string, instanceId: string | undefined): MillraceError =>
  new MillraceError(
    'kafka.fenced',
    `another process is the member ${instanceId} of group ${groupId}`,
  );

/** The answer to a join, or undefined: join again. */
const enter = async (options: JoinOptions): Promise<JoinGroupResponse | undefined> => {
  const { coordinator, groupId, topics, memberId, instanceId } = options;
  const peer = await options.peer?.();
  if (peer && memberId.current === '') await options.joining?.(peer);
  const claims = options.claims();
  const joined = await coordinator.send(
    joinGroup({
      groupId,
      memberId: memberId.current,
      ...(instanceId !== undefined && { instanceId }),
      sessionTimeoutMs: options.sessionTimeoutMs,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs,
      protocols: options.assignors.map((assignor) => ({
        name: assignor.name,
        subscription: encodeSubscription({ topics, userData: assignor.userData(peer), ...claims }),
      })),
    }),
    'join',
  );
  switch (joined.errorCode) {
    case ERROR.none:
      memberId.current = joined.memberId;
      return joined;
    case ERROR.memberIdRequired:
      memberId.current = joined.memberId;
      return undefined;
    case ERROR.unknownMemberId:
      memberId.current = '';
      options.forgotten();
      return undefined;
    case ERROR.rebalanceInProgress:
      return undefined;
    case ERROR.fencedInstanceId:
      throw instanceReplaced(groupId, instanceId);
    default:
      throw refused(joined.errorCode, `joining group ${groupId}`);
  }
};

const dealAsLeader = (
  { assignors }: JoinOptions,
  { members, protocolName }: JoinGroupResponse,
  counts: ReadonlyMap<string, number>,
): readonly { readonly memberId: string; readonly assignment: Buffer }[] => {
  const subscriptions = members.map(({ memberId, instanceId, subscription }) => ({
    memberId,
    ...(instanceId !== null && { instanceId }),
    ...decodeSubscription(subscription),
  }));
  const subscribedTo = new Set(subscriptions.flatMap((one) => one.topics));
  const assignor = assignors.find(({ name }) => name === protocolName)!;
  const dealt = assignor.assign(
    subscriptions,
    new Map([...counts].filter(([topic]) => subscribedTo.has(topic))),
  );
  return [...dealt].map(([memberId, assignment]) => ({
    memberId,
    assignment: encodeAssignment(assignment),
  }));
};

/** Undefined: the group moved on meanwhile, join again. */
const tryJoin = async (options: JoinOptions): Promise<Membership | undefined> => {
  const { cluster, coordinator, groupId, topics, instanceId } = options;
  const joined = await enter(options);
  if (joined === undefined) return undefined;
  const { generation, memberId, protocolName } = joined;
  const member = { groupId, generation, memberId, ...(instanceId !== undefined && { instanceId }) };
  const leads = joined.leaderId === memberId && joined.members.length > 0;
  // A static member that led and came back is not told that it leads.
  const watches = leads || instanceId !== undefined;
  const ofAll = joined.members.flatMap((one) => decodeSubscription(one.subscription).topics);
  const counted = watches
    ? await countPartitions(cluster, [...new Set([...topics, ...ofAll])])
    : undefined;
  const synced = await coordinator.send(
    syncGroup(
      member,
      leads ? dealAsLeader(options, joined, counted!) : [],
      options.rebalanceTimeoutMs,
    ),
    'join',
  );
  switch (synced.errorCode) {
    case ERROR.none:
      return {
        ...member,
        protocolName,
        ...decodeAssignment(synced.assignment),
        ...(counted !== undefined && { dealt: counted }),
      };
    case ERROR.unknownMemberId:
      options.memberId.current = '';
      options.forgotten();
      return undefined;
    case ERROR.rebalanceInProgress:
    case ERROR.illegalGeneration:
      return undefined;
    case ERROR.fencedInstanceId:
      throw instanceReplaced(groupId, instanceId);
    default:
      throw refused(synced.errorCode, `joining group ${groupId}`);
  }
};

/**
 * Resolves with the membership of a new generation; rejects with `kafka.closed` when the signal aborts, with
 * `kafka.fenced` when another process has taken this static member's place.
 */
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
