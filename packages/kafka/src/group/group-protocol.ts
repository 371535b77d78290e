import type { TopicPartition } from '../records.ts';
import { createByteReader } from '../wire/byte-reader.ts';
import { createByteWriter } from '../wire/byte-writer.ts';

/**
 * What members of a group tell each other through the coordinator: the standard `consumer` encoding,
 * version 0, so that Kafka's own tools show the group.
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/Kafka+Client-side+Assignment+Proposal
 */
const VERSION = 0;
/** Members with another assigner are kept out of the group by its name. */
export const PROTOCOL_NAME = 'millrace-aligned';

export const encodeSubscription = (topics: readonly string[]): Buffer => {
  const writer = createByteWriter();
  writer.int16(VERSION).array(topics, (topic) => writer.string(topic));
  return writer.bytes(null).finish();
};

export const decodeSubscription = (bytes: Buffer): readonly string[] => {
  const reader = createByteReader(bytes);
  reader.int16(); // version: later ones append fields
  return reader.array(() => reader.string() ?? '');
};

export const encodeAssignment = (partitions: readonly TopicPartition[]): Buffer => {
  const writer = createByteWriter();
  writer
    .int16(VERSION)
    .array([...Map.groupBy(partitions, (one) => one.topic)], ([topic, ofTopic]) =>
      writer.string(topic).array(ofTopic, ({ partition }) => writer.int32(partition)),
    );
  return writer.bytes(null).finish();
};

export const decodeAssignment = (bytes: Buffer): TopicPartition[] => {
  if (bytes.length === 0) return [];
  const reader = createByteReader(bytes);
  reader.int16(); // version
  return reader
    .array(() => {
      const topic = reader.string() ?? '';
      return reader.array(() => ({ topic, partition: reader.int32() }));
    })
    .flat();
};
