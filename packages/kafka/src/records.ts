/**
 * The record shapes of this package. A record is bytes in and bytes out; its partition is always chosen
 * by the caller, because a client that re-partitions on a retry loses records (docs/decisions, trap T1).
 * Offsets are numbers: Kafka's int64 offsets stay far below 2^53 in practice, and every conversion asserts it.
 */
export type RecordHeaders = Readonly<Record<string, Buffer | string>>;

/** Headers of many records, encoded once. */
export interface SharedHeaders {
  readonly headers: RecordHeaders;
  readonly count: number;
  /** Names and values as they stand in a record, without their number. */
  readonly bytes: Buffer;
}

export interface OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: RecordHeaders;
  /** More headers, which many records carry; none of their names is in `headers`. Made by `shareHeaders`. */
  readonly sharedHeaders?: SharedHeaders;
  /** Milliseconds since 1970 UTC; the time of sending when absent. */
  readonly timestampMs?: number;
}

/** Records for one partition, in order. */
export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/** The same in the form that a broker takes. */
export interface WrittenBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: WrittenRecords;
}

/** What can be sent. */
export type OutgoingBatch = PartitionBatch | WrittenBatch;

/** Records in the form that a broker takes, made by a `RecordWriter`; to be sent once. */
export interface WrittenRecords {
  /** How many records. */
  readonly length: number;
  readonly batches: readonly { readonly bytes: Buffer; readonly count: number }[];
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

/**
 * Fetched records of one partition in one piece of memory: their bytes once, and where each begins in columns
 * by index. No object a record, and the memory is gone as a whole with the last reference to the pack.
 */
export interface RecordPack {
  /** Records as they stand in a batch, decompressed, one after the other. */
  readonly bytes: Buffer;
  readonly count: number;
  readonly offsets: Float64Array;
  readonly timestampsMs: Float64Array;
  /** Position of a record's length field in `bytes`. */
  readonly recordStarts: Int32Array;
  /** Position of a record's value in `bytes`; -1 where it has none. */
  readonly valueStarts: Int32Array;
  readonly valueEnds: Int32Array;
  /** Memory that the pack holds as long as one of its records is needed, bytes. */
  readonly heldBytes: number;
}

/** Records `from` up to, not including, `to` of a pack. */
export interface RecordSpan {
  readonly pack: RecordPack;
  readonly from: number;
  readonly to: number;
}

/** Records in offset order, some of them or all of several packs; a record's object is made when it is asked for. */
export interface RecordRows extends Iterable<ConsumedRecord> {
  readonly length: number;
  readonly spans: readonly RecordSpan[];
  /** Throws a RangeError beyond the last. */
  at(index: number): ConsumedRecord;
  /** Offsets, ascending. */
  offsets(): number[];
  slice(from: number, to?: number): RecordRows;
  /** Those whose offset is wanted. */
  where(isWanted: (offset: number) => boolean): RecordRows;
}

/** Records of one partition as fetched, control records left out. */
export interface ConsumedBatch extends TopicPartition {
  readonly records: RecordRows;
  /** The offset to read next: past the last record *and* past trailing control records. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  /** Where reading committed records ends for now: what lies before it can be had at once. */
  readonly lastStableOffset: number;
}
