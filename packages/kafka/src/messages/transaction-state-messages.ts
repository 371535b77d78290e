import type { Exchange } from '../cluster/exchange.ts';
import type { TopicPartition } from '../records.ts';
import type { ProducerIdentity } from './produce-messages.ts';

/**
 * What a coordinator knows of the last transaction of an id.
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/KIP-664
 */
export interface TransactionState {
  readonly errorCode: number;
  /** `Ongoing`, `PrepareCommit`, `CompleteAbort` and so on; `Empty` under an identity that has begun nothing. */
  readonly state: string;
  /** Of the identity, ms. */
  readonly timeoutMs: number;
  readonly identity: ProducerIdentity;
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
      const timeoutMs = reader.int32();
      reader.skip(8); // start
      const identity = { producerId: reader.bigint64(), producerEpoch: reader.int16() };
      const partitions = reader
        .compactArray(() => {
          const topic = reader.compactString() ?? '';
          const ofTopic = reader.compactArray(() => ({ topic, partition: reader.int32() }));
          reader.skipTags();
          return ofTopic;
        })
        .flat();
      reader.skipTags();
      return { errorCode, state, timeoutMs, identity, partitions };
    });
    return found;
  },
});
