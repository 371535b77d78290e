/**
 * A whole cluster from outside, in few requests and in columns: where every partition ends, which groups there are and what
 * they have committed. For whoever watches; what an operator or a service asks of some topics is `admin.ts`.
 *
 * Nothing here retries: a round that fails is followed by another. What one broker cannot tell is told as not known (NaN, or
 * `isWhole: false`), so that one broker that is away does not blind for the others; when all are, a call rejects with
 * `kafka.unavailable`.
 */

/** A topic's place in the columns: partition `p` stands at `first + p`. */
export interface TopicPlace {
  readonly name: string;
  /** Another one when the topic was deleted and made again. */
  readonly topicId: string;
  readonly first: number;
  readonly partitions: number;
  /** Whether its records are ours to read, as far as the broker told. */
  readonly mayRead: boolean;
}

/** Every topic and partition of the cluster at one moment. */
export interface PartitionLayout {
  /** By name. */
  readonly topics: ReadonlyMap<string, TopicPlace>;
  /** Of all topics together: how long a column is. */
  readonly partitions: number;
  /** Node id of each partition's leader; -1 where there is none. */
  readonly leaders: Int32Array;
}

/** The first offset; the end of the log; the end for readers of committed records, which open transactions hold back. */
export type Boundary = 'low' | 'high' | 'stable';

export interface WatchedGroup {
  readonly groupId: string;
  /** `consumer` of those that read topics; another word, or nothing, of other users of the protocol. */
  readonly protocolType: string;
  /** As the coordinator says: `Stable`, `Empty`, `PreparingRebalance` … */
  readonly state: string;
  /** The broker that coordinates it. */
  readonly nodeId: number;
}

export interface WatchedMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  /** Partition numbers by topic. */
  readonly partitions: ReadonlyMap<string, readonly number[]>;
}

/** What stands at an offset for a reader of committed records. */
export type RecordSight =
  | { readonly kind: 'record'; readonly offset: number; readonly timestampMs: number }
  /** No record from the offset asked for to before this one: markers, or what an aborted transaction wrote. */
  | { readonly kind: 'nothing'; readonly until: number }
  /** The broker did not tell, or the topic is not ours to read. */
  | { readonly kind: 'unknown' };

/** Takes an offset for a partition of the topic that it was given for. */
export type OffsetTaker = (partition: number, offset: number) => void;

export interface ClusterWatch {
  /**
   * Rejects with `kafka.unavailable` when no broker answers.
   * @param topics only these, those that are not there left out; all when left out
   */
  layout(topics?: readonly string[]): Promise<PartitionLayout>;
  /**
   * One request a broker (one for each 10,000 partitions).
   * @param into of the layout's length; NaN where it is not known
   * @returns whether some partitions have another leader, or are gone: the layout is old
   */
  boundaries(
    layout: PartitionLayout,
    boundary: Boundary,
    into: Float64Array,
  ): Promise<{ readonly isStale: boolean }>;
  /** One request a broker. `isWhole`: every broker has told of its groups. */
  groups(): Promise<{ readonly groups: readonly WatchedGroup[]; readonly isWhole: boolean }>;
  /** Members of these groups; a group that was not told of is not in the answer. One request for each 100 groups of a broker. */
  members(groups: readonly WatchedGroup[]): Promise<ReadonlyMap<string, readonly WatchedMember[]>>;
  /**
   * What these groups have committed on every topic, transactions that are open left out. One request for each 50 groups of a
   * broker.
   * @param take is asked for each group and topic in the answer; undefined: not wanted
   * @returns the groups that were told of
   */
  committed(
    groups: readonly WatchedGroup[],
    take: (groupId: string, topic: string) => OffsetTaker | undefined,
  ): Promise<ReadonlySet<string>>;
  /** The first record at the offset or after it, by the header of its batch: its time is that of the batch's first record. */
  sight(
    layout: PartitionLayout,
    topic: string,
    partition: number,
    offset: number,
  ): Promise<RecordSight>;
  close(): void;
}
