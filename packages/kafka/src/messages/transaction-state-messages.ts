import type { Exchange } from '../cluster/exchange.ts';
import type { TopicPartition } from '../records.ts';
import type { TopicPartitions } from './watch-messages.ts';

/**
 * What brokers know of transactions: the coordinator of how the last one ended, the leader of a partition of who has
 * one open there.
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/KIP-664
 */
export interface TransactionState {
  readonly errorCode: number;
  /** `Ongoing`, `PrepareCommit`, `CompleteAbort` and so on; `Empty` under an identity that has begun nothing. */
  readonly state: string;
  /** What it spans; none of a transaction that is complete. */
  readonly partitions: readonly TopicPartition[];
}

export const describeTransaction = (
  transactionalId: string,
): Exchange<TransactionState | undefined> => ({
  apiKey: 65,
  apiVersion: 0,
  apiName: 'DescribeTransactions',
  flexible: true,
  write: (writer) =>
    writer.compactArray([transactionalId], (id) => writer.compactString(id)).noTags(),
  read(reader) {
    reader.int32(); // throttle time
    const [found] = reader.compactArray(() => {
      const errorCode = reader.int16();
      reader.compactString(); // transactional id
      const state = reader.compactString() ?? '';
      reader.skip(4 + 8 + 8 + 2); // time-out, start, producer id and epoch
      const partitions = reader
        .compactArray(() => {
          const topic = reader.compactString() ?? '';
          const ofTopic = reader.compactArray(() => ({ topic, partition: reader.int32() }));
          reader.skipTags();
          return ofTopic;
        })
        .flat();
      reader.skipTags();
      return { errorCode, state, partitions };
    });
    return found;
  },
});

export interface PartitionProducers extends TopicPartition {
  readonly errorCode: number;
  /** Producers with a transaction open on the partition. */
  readonly open: readonly bigint[];
}

export const describeProducers = (
  topics: readonly TopicPartitions[],
): Exchange<readonly PartitionProducers[]> => ({
  apiKey: 61,
  apiVersion: 0,
  apiName: 'DescribeProducers',
  flexible: true,
  write: (writer) =>
    writer
      .compactArray(topics, ({ topic, partitions }) =>
        writer
          .compactString(topic)
          .compactArray(partitions, (partition) => writer.int32(partition))
          .noTags(),
      )
      .noTags(),
  read(reader) {
    reader.int32(); // throttle time
    return reader
      .compactArray(() => {
        const topic = reader.compactString() ?? '';
        const ofTopic = reader.compactArray(() => {
          const partition = reader.int32();
          const errorCode = reader.int16();
          reader.compactString(); // error message
          const open = reader
            .compactArray(() => {
              const producerId = reader.bigint64();
              reader.skip(4 + 4 + 8 + 4); // epoch, last sequence, last time, coordinator's epoch
              const isOpen = reader.int64() >= 0;
              reader.skipTags();
              return isOpen ? [producerId] : [];
            })
            .flat();
          reader.skipTags();
          return { topic, partition, errorCode, open };
        });
        reader.skipTags();
        return ofTopic;
      })
      .flat();
  },
});
