import type { Exchange } from '../cluster/exchange.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import type { ByteWriter } from '../wire/byte-writer.ts';
import type { AbortedTransaction } from '../wire/committed-records.ts';

/**
 * Reading: the ends of partitions and the bytes between them.
 * Source: https://kafka.apache.org/protocol#The_Messages_Fetch, #The_Messages_ListOffsets
 */
export type Isolation = 'read_committed' | 'read_uncommitted';

const isolationLevel = (isolation: Isolation): number => (isolation === 'read_committed' ? 1 : 0);

const ANY_REPLICA = -1;

/**
 * The log's start, its end (the last stable offset when reading committed), or the first record whose time
 * is not before these ms since 1970; the answer's offset is -1 when there is no such record.
 */
export type LogEnd = 'start' | 'end' | { readonly atMs: number };

const timestampOf = (end: LogEnd): number => {
  if (end === 'start') return -2;
  return end === 'end' ? -1 : end.atMs;
};

export interface OffsetQuery {
  readonly topic: string;
  readonly partition: number;
}

export interface OffsetAnswer extends OffsetQuery {
  readonly errorCode: number;
  readonly offset: number;
}

export const listOffsets = (
  queries: readonly OffsetQuery[],
  end: LogEnd,
  isolation: Isolation,
): Exchange<readonly OffsetAnswer[]> => ({
  apiKey: 2,
  apiVersion: 2,
  apiName: 'ListOffsets',
  write: (writer) =>
    writer
      .int32(ANY_REPLICA)
      .int8(isolationLevel(isolation))
      .array([...Map.groupBy(queries, (query) => query.topic)], ([topic, partitions]) =>
        writer
          .string(topic)
          .array(partitions, ({ partition }) => writer.int32(partition).int64(timestampOf(end))),
      ),
  read(reader) {
    reader.int32(); // throttle time
    return reader
      .array(() => {
        const topic = reader.string() ?? '';
        return reader.array(() => {
          const answer = { topic, partition: reader.int32(), errorCode: reader.int16() };
          reader.int64(); // timestamp
          return { ...answer, offset: reader.int64() };
        });
      })
      .flat();
  },
});

/** The topic by its id, so that a topic made again under the same name is never read in place of the old. */
export interface FetchPosition {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  /** Of its answer, bytes; a single larger batch comes whole. */
  readonly bytesMax: number;
}

export interface FetchedPartition {
  readonly topicId: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly batches: Buffer;
}

export interface FetchRequest {
  readonly positions: readonly FetchPosition[];
  readonly isolation: Isolation;
  readonly bytesMax: number;
  /** Until there are `bytesMin` or a time is up, ms. */
  readonly waitMs: number;
  /** 1 when left out: the first record is an answer. */
  readonly bytesMin?: number;
}

const noBytes = Buffer.alloc(0);

const writePosition = (
  writer: ByteWriter,
  { partition, offset, bytesMax }: FetchPosition,
): ByteWriter =>
  writer
    .int32(partition)
    .int32(-1) // leader epoch not checked
    .int64(offset)
    .int32(-1) // epoch of the last record read: not checked
    .int64(-1) // log start offset: for followers
    .int32(bytesMax)
    .noTags();

const readAnswer = (reader: ByteReader, topicId: string): FetchedPartition => {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64(); // log start offset
  const aborted = reader.compactArray(() => {
    const transaction = { producerId: reader.bigint64(), firstOffset: reader.int64() };
    reader.skipTags();
    return transaction;
  });
  reader.int32(); // preferred replica
  const batches = reader.compactBytes() ?? noBytes;
  reader.skipTags();
  return { topicId, partition, errorCode, highWatermark, lastStableOffset, aborted, batches };
};

export const fetchRecords = (request: FetchRequest): Exchange<readonly FetchedPartition[]> => ({
  apiKey: 1,
  apiVersion: 13,
  apiName: 'Fetch',
  flexible: true,
  write: (writer) =>
    writer
      .int32(ANY_REPLICA)
      .int32(request.waitMs)
      .int32(request.bytesMin ?? 1)
      .int32(request.bytesMax)
      .int8(isolationLevel(request.isolation))
      .int32(0) // no fetch session
      .int32(-1)
      .compactArray([...Map.groupBy(request.positions, (one) => one.topicId)], ([id, positions]) =>
        writer
          .uuid(id)
          .compactArray(positions, (one) => writePosition(writer, one))
          .noTags(),
      )
      .compactArray([], () => undefined) // forgotten topics: of fetch sessions
      .compactString('') // rack
      .noTags(),
  read(reader) {
    reader.int32(); // throttle time
    reader.int16(); // error of fetch sessions
    reader.int32(); // session id
    return reader
      .compactArray(() => {
        const topicId = reader.uuid();
        const answers = reader.compactArray(() => readAnswer(reader, topicId));
        reader.skipTags();
        return answers;
      })
      .flat();
  },
});
