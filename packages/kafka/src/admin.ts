/**
 * Topics, their settings and offsets: the shapes, and what an admin promises. Not how groups or records are
 * read: see `group-consumer.ts` and `readPartition`.
 */
import type { TopicPartition } from './records.ts';

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface TopicState {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Settings that differ from the broker's default, and every setting asked for. */
  readonly config: Readonly<Record<string, string>>;
}

export interface PartitionOffsets extends TopicPartition {
  readonly low: number;
  /** The log end: the offset that the next record gets. */
  readonly high: number;
  /** The end for readers of committed records: an open transaction and what stands behind it are above. */
  readonly stable: number;
}

/** A member of a group as the coordinator sees it. */
export interface MemberOfGroup {
  readonly memberId: string;
  readonly clientId: string;
  /** Where it connects from, e.g. `/10.0.0.7`. */
  readonly host: string;
  /** What it was dealt; nothing while the group is dealt anew. */
  readonly partitions: readonly TopicPartition[];
  /** What the group's assignor told it; `decodeStickyAssignment` reads what the sticky one did. */
  readonly userData: Buffer;
}

export interface Admin {
  /** Creates what is missing; an existing topic is left as it is. Each can be used after it, whoever made it. Returns the names created. */
  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>;
  /** States of the named topics that exist. */
  describeTopics(names: readonly string[]): Promise<readonly TopicState[]>;
  /** Resolves when the cluster has the settings and shows them, or those that somebody else set right after. */
  alterTopicConfig(name: string, config: Readonly<Record<string, string>>): Promise<void>;
  addPartitions(name: string, partitions: number): Promise<void>;
  listTopics(): Promise<readonly string[]>;
  deleteTopics(names: readonly string[]): Promise<void>;
  partitionOffsets(topic: string): Promise<readonly PartitionOffsets[]>;
  /** Deletes the records before these offsets, for good. */
  deleteRecords(before: readonly (TopicPartition & { readonly offset: number })[]): Promise<void>;
  /** The id of the topic: another one when it was deleted and made again. */
  topicId(topic: string): Promise<string>;
  /** The first offset of each partition whose record is not older than the moment; the end where none is. */
  offsetsAt(
    topic: string,
    atMs: number,
  ): Promise<readonly (TopicPartition & { readonly offset: number })[]>;
  /** `partition`: only this one of each topic; a transaction that is open over the others is not waited for then. */
  committedOffsets(
    groupId: string,
    topics: readonly string[],
    partition?: number,
  ): Promise<readonly (TopicPartition & { readonly offset: number; readonly metadata: string })[]>;
  /** Commits for a group without members; rejects with `kafka.refused` while it has one. */
  commitOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata: string })[],
  ): Promise<void>;
  /** Who is in the group now; nobody when it does not exist. */
  groupMembers(groupId: string): Promise<readonly MemberOfGroup[]>;
  /** Forgets the group and its offsets; one that does not exist is as good. Rejects while it has members. */
  deleteGroup(groupId: string): Promise<void>;
  clusterId(): Promise<string>;
  close(): Promise<void>;
}
