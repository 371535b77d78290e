import type { Exchange } from '../cluster/exchange.ts';
import type { GroupMembership } from '../producer.ts';
import type { TopicPartition } from '../records.ts';
import type { CommittedOffset, PartitionOutcome } from './group-messages.ts';
import type { ProducerIdentity } from './produce-messages.ts';

/**
 * Transactions: what they span and how they end. All go to the transaction coordinator, except the
 * offsets themselves, which go to the group's.
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/KIP-98, KIP-447 (group member in TxnOffsetCommit)
 */
export interface TransactionOwner extends ProducerIdentity {
  readonly transactionalId: string;
}

export const addPartitionsToTxn = (
  owner: TransactionOwner,
  partitions: readonly TopicPartition[],
): Exchange<readonly PartitionOutcome[]> => ({
  apiKey: 24,
  apiVersion: 2,
  apiName: 'AddPartitionsToTxn',
  write: (writer) =>
    writer
      .string(owner.transactionalId)
      .int64(owner.producerId)
      .int16(owner.producerEpoch)
      .array([...Map.groupBy(partitions, (one) => one.topic)], ([topic, ofTopic]) =>
        writer.string(topic).array(ofTopic, ({ partition }) => writer.int32(partition)),
      ),
  read(reader) {
    reader.int32(); // throttle time
    return reader
      .array(() => {
        const topic = reader.string() ?? '';
        return reader.array(() => ({
          topic,
          partition: reader.int32(),
          errorCode: reader.int16(),
        }));
      })
      .flat();
  },
});

export const addOffsetsToTxn = (
  owner: TransactionOwner,
  groupId: string,
): Exchange<{ readonly errorCode: number }> => ({
  apiKey: 25,
  apiVersion: 2,
  apiName: 'AddOffsetsToTxn',
  write: (writer) =>
    writer
      .string(owner.transactionalId)
      .int64(owner.producerId)
      .int16(owner.producerEpoch)
      .string(groupId),
  read(reader) {
    reader.int32(); // throttle time
    return { errorCode: reader.int16() };
  },
});

export const endTxn = (
  owner: TransactionOwner,
  outcome: 'commit' | 'abort',
): Exchange<{ readonly errorCode: number }> => ({
  apiKey: 26,
  apiVersion: 2,
  apiName: 'EndTxn',
  write: (writer) =>
    writer
      .string(owner.transactionalId)
      .int64(owner.producerId)
      .int16(owner.producerEpoch)
      .boolean(outcome === 'commit'),
  read(reader) {
    reader.int32(); // throttle time
    return { errorCode: reader.int16() };
  },
});

/** `member` undefined: offsets of a group without members, fenced by the transactional id alone. */
export const txnOffsetCommit = (
  owner: TransactionOwner,
  groupId: string,
  member: GroupMembership | undefined,
  offsets: readonly CommittedOffset[],
): Exchange<readonly PartitionOutcome[]> => ({
  apiKey: 28,
  apiVersion: 3,
  apiName: 'TxnOffsetCommit',
  flexible: true,
  write: (writer) =>
    writer
      .compactString(owner.transactionalId)
      .compactString(groupId)
      .int64(owner.producerId)
      .int16(owner.producerEpoch)
      .int32(member?.generation ?? -1)
      .compactString(member?.memberId ?? '')
      .compactString(null) // group instance id
      .compactArray([...Map.groupBy(offsets, (one) => one.topic)], ([topic, ofTopic]) =>
        writer
          .compactString(topic)
          .compactArray(ofTopic, ({ partition, offset, metadata }) =>
            writer
              .int32(partition)
              .int64(offset)
              .int32(-1) // leader epoch
              .compactString(metadata)
              .noTags(),
          )
          .noTags(),
      )
      .noTags(),
  read(reader) {
    reader.int32(); // throttle time
    return reader
      .compactArray(() => {
        const topic = reader.compactString() ?? '';
        const ofTopic = reader.compactArray(() => {
          const outcome = { topic, partition: reader.int32(), errorCode: reader.int16() };
          reader.skipTags();
          return outcome;
        });
        reader.skipTags();
        return ofTopic;
      })
      .flat();
  },
});
