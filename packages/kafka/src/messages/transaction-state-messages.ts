import type { Exchange } from '../cluster/exchange.ts';
import type { TopicPartition } from '../records.ts';

/**
 * What a coordinator knows of the last transaction of an id.
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
