/**
 * How far a spool has been written to Kafka: the last sequence number, in a compacted topic, by the spool's id. It is
 * written in the transaction that writes the records, so the two cannot disagree.
 */
import { spoolPositionsTopicSettings, topicConfig } from '@millrace/contracts';
import {
  type Admin,
  type KafkaConnection,
  type PartitionBatch,
  readPartition,
} from '@millrace/kafka';
import { visibleEnds } from './visible-ends.ts';

const { name: topic, partitions, replicationFactor } = spoolPositionsTopicSettings;

/** Makes the topic when it is not there. */
export const ensurePositionsTopic = async (admin: Admin): Promise<void> => {
  const config = topicConfig(spoolPositionsTopicSettings);
  await admin.createTopics([{ name: topic, partitions, replicationFactor, config }]);
};

/** The record that says that the frames up to `sequence` have been written. */
export const positionRecord = (spoolId: string, sequence: number): PartitionBatch => ({
  topic,
  partition: 0,
  records: [{ key: Buffer.from(spoolId), value: Buffer.from(String(sequence)) }],
});

/**
 * The last committed position of the spool; 0 when there is none. Final once the spool's producer is fenced.
 * Rejects with `kafka.unavailable` (retryable) when a transaction of another spool goes on hiding it.
 */
export const readPosition = async (
  kafka: { readonly connection: KafkaConnection; readonly admin: Admin },
  spoolId: string,
): Promise<number> => {
  await visibleEnds(kafka.admin, topic);
  let position = 0;
  const where = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
  for await (const { key, value } of readPartition(kafka.connection, where))
    if (key?.toString() === spoolId) position = Number(value);
  return position;
};
