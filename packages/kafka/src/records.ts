/**
 * The record shapes of this package. A record is bytes in and bytes out; its partition is always chosen
 * by the caller, because a client that re-partitions on a retry loses records (docs/decisions, trap T1).
 * Offsets are numbers: Kafka's int64 offsets stay far below 2^53 in practice, and every conversion asserts it.
 */
export type RecordHeaders = Readonly<Record<string, Buffer | string>>;

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
  /** Milliseconds since 1970 UTC; the time of sending when absent. */
  readonly timestampMs?: number;
}

/** Records for one partition, in order. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/** Where a partition batch landed. */
export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  /** The offset of its first record; -1 when it held none. */
  readonly baseOffset: number;
  /** A batch above the size limit is written in parts, in order; other producers may write between them. */
  readonly parts: readonly ProducedPart[];
}

/** A run of records with consecutive offsets. */
export interface ProducedPart {
  readonly count: number;
  readonly baseOffset: number;
}

/** The headers are read out of the fetched bytes when asked for, so a spread copy lacks them: name them there. */
export interface ConsumedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Records of one partition as fetched, control records left out. */
export interface ConsumedBatch extends TopicPartition {
  readonly records: readonly ConsumedRecord[];
  /** The offset to read next: past the last record *and* past trailing control records. */
  readonly nextOffset: number;
  readonly highWatermark: number;
}
