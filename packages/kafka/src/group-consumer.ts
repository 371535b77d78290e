import type { Assignor } from './assignor.ts';
import type { Peers } from './group/peers/create-peers.ts';
import type { GroupMembership } from './producer.ts';
import type { ConsumedBatch, TopicPartition } from './records.ts';

/**
 * A consumer group member that only delivers: the handler queues a batch and returns at once; work,
 * back-pressure (pause/resume) and commits belong to the caller. Reads committed records only.
 *
 * A rebalance does not interrupt it: what it owns is delivered and may be committed until the next assignment
 * says otherwise, and what it keeps over an assignment goes on as if nothing had happened.
 */
export interface AssignedPartition extends TopicPartition {
  /** The topic's id at the time of the assignment: another one is another log under the same name. */
  readonly topicId: string;
  /** The group's committed offset and its metadata; absent when the group never committed. */
  readonly committed?: { readonly offset: number; readonly metadata: string };
  /** The first offset that the partition still holds; above `committed` when retention removed unread records. */
  readonly logStartOffset: number;
  /** Where reading begins unless `assigned` answers otherwise: the committed offset or the log's start. */
  readonly startOffset: number;
}

/** What a member owns from now on. */
export interface GroupAssignment {
  /** Counts the assignments of this member. Commits name it: a partition that was lost and came back has a later one. */
  readonly term: number;
  /** Of the group. */
  readonly generation: number;
  /** New here: nothing of them is delivered yet. */
  readonly added: readonly TopicPartition[];
  /** Owned without interruption since an earlier assignment, under whose term they are committed. */
  readonly kept: readonly TopicPartition[];
  /** What the assignor says to this member; empty when it says nothing. */
  readonly userData: Buffer;
  /**
   * Where those `added` stand, as far as they are still owned; rejects when none is. Waits while a transaction
   * that commits their offsets is open: whoever has fenced its predecessor does not wait for that one's time-out,
   * and reads what cannot change any more. May be called again.
   */
  positions(): Promise<readonly AssignedPartition[]>;
}

/** Where reading begins, by `topic:partition`; a promised one does not hold up the others. */
export type StartOffsets = ReadonlyMap<string, number | Promise<number>>;

export interface GroupHandlers {
  /**
   * Called after each rebalance, also when nothing was added. Nothing of `added` is delivered until it resolves;
   * they begin where its answer says, else at their `startOffset`. When it or a promised offset rejects while
   * what it concerns is owned, `run` rejects with its error. Calls never overlap, but the group moves on meanwhile:
   * `revoked` may be called before it resolves, and the answer is then ignored for what was revoked.
   */
  assigned(assignment: GroupAssignment): Promise<StartOffsets | undefined>;
  /**
   * Synchronous: these partitions, which were assigned, are somebody else's; nothing of them is delivered or
   * may be committed any more.
   */
  revoked(partitions: readonly TopicPartition[]): void;
  /** Synchronous: take the batch or throw (a throw is a bug and ends `run`). */
  batch(batch: ConsumedBatch): void;
}

export interface OffsetCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata?: string;
}

export interface GroupConsumer {
  /** Joins and delivers until `close`; rejects when the group cannot go on (a person is needed). */
  run(handlers: GroupHandlers): Promise<void>;
  /** Nothing more of these partitions is delivered until `resume`. One that is added begins unpaused. */
  pause(partitions: readonly TopicPartition[]): void;
  /** `bytesMax`: how much of each one answer may hold from now on, `fetchBytesPerPartitionMax` when left out. */
  resume(partitions: readonly TopicPartition[], bytesMax?: number): void;
  /** Nothing more of these partitions is read as long as they are owned, whoever resumes them. */
  finish(partitions: readonly TopicPartition[]): void;
  /**
   * Commits what was added in this term. Rejects with `kafka.fenced` when a partition is not owned any more, or
   * not without interruption since then; nothing was committed in that case.
   */
  commit(term: number, commits: readonly OffsetCommit[]): Promise<void>;
  /** Joins again with new user data of the assignors: for a member that can take over now what it could not before. */
  rejoin(): void;
  /** What a transaction needs to commit offsets as this member; undefined outside the group. */
  member(): GroupMembership | undefined;
  /** Leaves the group, unless the member is static, and disconnects. */
  close(): Promise<void>;
}

export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /**
   * In order of preference: a group takes the first that all of its members offer, which is how it changes from
   * one to another while it runs. By default sticky, then the one of members from before that.
   */
  readonly assignors?: readonly Assignor[];
  /**
   * Makes the member static (KIP-345): unique in the group and the same after a restart. A process that is back
   * within `sessionTimeoutMs` takes its partitions without a rebalance; one that stays away holds them for as long.
   */
  readonly instanceId?: string;
  /**
   * Watches the processes of the group's other members, as far as they do the same, and puts out those that are dead
   * for sure; the session stays for everything else. Shared by the groups of a process; the caller closes it.
   */
  readonly peers?: Peers;
  /** Upper bound of one fetch response, bytes; bounds memory. */
  readonly fetchBytesMax?: number;
  readonly fetchBytesPerPartitionMax?: number;
  /** How long the broker holds an empty fetch, ms. */
  readonly fetchWaitMs?: number;
  /** How long the group waits for a member that fell silent before its partitions go to others, ms. */
  readonly sessionTimeoutMs?: number;
}
