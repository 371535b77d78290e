import type { Peer, PeerAddress } from './group/peers/peer.ts';
import type { TopicPartition } from './records.ts';

/**
 * Who of a group reads what: decided by one member, the leader, out of what all members said when they joined.
 * A group takes the first assignor, by name, that all of its members offer.
 */
export interface Assignor {
  /** The protocol's name in the group; assignors that cannot read each other's user data need different ones. */
  readonly name: string;
  /**
   * What this member tells the leader about itself; asked for at each join.
   * @param peer where its process answers whether it lives, for an assignor that passes it on
   */
  userData(peer?: PeerAddress): Buffer;
  /**
   * Pure: the same members give the same answer, in whatever order they come. Who is left out gets nothing.
   * `partitionCounts`: of the topics that exist among those subscribed to. An error ends the leader's `run`.
   */
  assign(
    members: readonly MemberSubscription[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, MemberAssignment>;
  /** Where a member said that its process can be asked, out of its own words. */
  peerIn?(userData: Buffer): PeerAddress | undefined;
  /** Whose life this member is to watch, out of what the leader said to it; nobody's when left out. */
  peersOf?(userData: Buffer): readonly Peer[];
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
