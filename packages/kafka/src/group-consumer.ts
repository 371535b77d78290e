import type { GroupMembership } from './producer.ts';
import type { ConsumedBatch, TopicPartition } from './records.ts';

/**
 * A consumer group member that only delivers: the handler queues a batch and returns at once; work,
 * back-pressure (pause/resume) and commits belong to the caller. Reads committed records only.
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

export interface GroupHandlers {
  /**
   * Called with the whole new assignment of a generation before its first record. May answer other start
   * offsets (by `topic:partition`). No record is delivered until it resolves; when it rejects while the
   * generation is current, `run` rejects with its error. Calls never overlap, but the group moves on
   * meanwhile: `revoked` may be called before it resolves, and its answer is then ignored.
   */
  assigned(
    partitions: readonly AssignedPartition[],
    generation: number,
    /** Reads the committed offsets again: after fencing a predecessor, whose last commit may have come late. */
    refetch: () => Promise<readonly AssignedPartition[]>,
  ): Promise<ReadonlyMap<string, number> | undefined>;
  /** The assignment of an earlier generation is void; nothing of it may be committed any more. */
  revoked(): void;
  /** Synchronous: take the batch or throw (a throw is a bug and ends `run`). */
  batch(batch: ConsumedBatch, generation: number): void;
}

export interface OffsetCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata?: string;
}

export interface GroupConsumer {
  /** Joins and delivers until `close`; rejects when the group cannot go on (a person is needed). */
  run(handlers: GroupHandlers): Promise<void>;
  /** Nothing more of these partitions is delivered until `resume`. A new generation starts unpaused. */
  pause(partitions: readonly TopicPartition[]): void;
  /** `bytesMax`: how much of each one answer may hold from now on, `fetchBytesPerPartitionMax` when left out. */
  resume(partitions: readonly TopicPartition[], bytesMax?: number): void;
  /** Nothing more of these partitions is read in this generation, whoever resumes them. */
  finish(partitions: readonly TopicPartition[]): void;
  /**
   * Commits under the generation in which the partitions were assigned. Rejects with `kafka.fenced` when
   * that generation is over or a partition is no longer owned; nothing was committed then.
   */
  commit(generation: number, commits: readonly OffsetCommit[]): Promise<void>;
  /** What a transaction needs to commit offsets as this member; undefined between generations. */
  member(): GroupMembership | undefined;
  /** Leaves the group and disconnects. */
  close(): Promise<void>;
}

export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Upper bound of one fetch response, bytes; bounds memory. */
  readonly fetchBytesMax?: number;
  readonly fetchBytesPerPartitionMax?: number;
  /** How long the broker holds an empty fetch, ms. */
  readonly fetchWaitMs?: number;
  /** How long the group waits for a member that fell silent before its partitions go to others, ms. */
  readonly sessionTimeoutMs?: number;
}
