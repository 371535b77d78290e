import type { TopicPartition } from './records.ts';

/**
 * Who of a group reads what: decided by one member, the leader, out of what all members said when they joined.
 * A group takes the first assignor, by name, that all of its members offer.
 */
export interface Assignor {
  /** The protocol's name in the group; assignors that cannot read each other's user data need different ones. */
  readonly name: string;
  /** What this member tells the leader about itself; asked for at each join. */
  userData(): Buffer;
  /**
   * Pure: the same members give the same answer, in whatever order they come. Who is left out gets nothing.
   * `partitionCounts`: of the topics that exist among those subscribed to. An error ends the leader's `run`.
   */
  assign(
    members: readonly MemberSubscription[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, MemberAssignment>;
}

export interface MemberSubscription {
  readonly memberId: string;
  /** Of a static member. */
  readonly instanceId?: string;
  readonly topics: readonly string[];
  /** What it owned when it joined, and in which generation that was given to it; -1 when it never had any. */
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
  readonly userData: Buffer;
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[];
  /** Handed to the member with its partitions; empty when left out. */
  readonly userData?: Buffer;
}
