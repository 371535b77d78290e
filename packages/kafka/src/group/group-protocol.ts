import type { MemberAssignment, MemberSubscription } from '../assignor.ts';
import type { TopicPartition } from '../records.ts';
import { createByteReader } from '../wire/byte-reader.ts';
import { type ByteWriter, createByteWriter } from '../wire/byte-writer.ts';

/**
 * What members of a group tell each other through the coordinator: the standard `consumer` encoding, so that
 * Kafka's own tools show the group. A subscription of version 1 says what its member owns, one of version 2 in
 * which generation that was given to it; every version is the one before and more behind it.
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/Kafka+Client-side+Assignment+Proposal, KIP-429, KIP-792
 */
const SUBSCRIPTION_VERSION = 2;
const ASSIGNMENT_VERSION = 0;

const noBytes = Buffer.alloc(0);

type Subscription = Pick<MemberSubscription, 'topics' | 'owned' | 'generation' | 'userData'>;

const writePartitions = (writer: ByteWriter, partitions: readonly TopicPartition[]): ByteWriter =>
  writer.array([...Map.groupBy(partitions, (one) => one.topic)], ([topic, ofTopic]) =>
    writer.string(topic).array(ofTopic, ({ partition }) => writer.int32(partition)),
  );

const readPartitions = (reader: ReturnType<typeof createByteReader>): TopicPartition[] =>
  reader
    .array(() => {
      const topic = reader.string() ?? '';
      return reader.array(() => ({ topic, partition: reader.int32() }));
    })
    .flat();

export const encodeSubscription = ({ topics, userData, owned, generation }: Subscription) => {
  const writer = createByteWriter();
  writer.int16(SUBSCRIPTION_VERSION).array(topics, (topic) => writer.string(topic));
  writer.bytes(userData);
  return writePartitions(writer, owned).int32(generation).finish();
};

export const decodeSubscription = (bytes: Buffer): Subscription => {
  const reader = createByteReader(bytes);
  const version = reader.int16();
  const topics = reader.array(() => reader.string() ?? '');
  const userData = reader.bytes() ?? noBytes;
  const owned = version >= 1 ? readPartitions(reader) : [];
  return { topics, userData, owned, generation: version >= 2 ? reader.int32() : -1 };
};

export const encodeAssignment = ({ partitions, userData = noBytes }: MemberAssignment): Buffer => {
  const writer = createByteWriter();
  return writePartitions(writer.int16(ASSIGNMENT_VERSION), partitions).bytes(userData).finish();
};

export const decodeAssignment = (bytes: Buffer): Required<MemberAssignment> => {
  if (bytes.length === 0) return { partitions: [], userData: noBytes };
  const reader = createByteReader(bytes);
  reader.int16(); // version: later ones append fields
  return { partitions: readPartitions(reader), userData: reader.bytes() ?? noBytes };
};
