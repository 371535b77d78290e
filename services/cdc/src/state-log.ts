/**
 * What the service remembers of a source besides its position: how far a snapshot is, which keys are blocked.
 * One compacted topic of one partition, one record a fact; a record without a value ends the fact. Written only in
 * the Kafka transaction of the rows that the fact speaks of, so that both are there or neither is.
 */
import { cdcStateTopic } from '@millrace/contracts';
import { type KafkaConnection, type PartitionBatch, readPartition } from '@millrace/kafka';

export interface StateLog {
  /** The record to put into the transaction that makes the fact true; `null` ends it. */
  recordOf(key: string, value: Buffer | null): PartitionBatch;
  /** Every fact that holds, by key. Final once the producer is fenced, as positions are. Throws kafka.* errors. */
  read(): Promise<ReadonlyMap<string, Buffer>>;
}

export const createStateLog = (connection: KafkaConnection, source: string): StateLog => {
  const topic = cdcStateTopic(source);
  return {
    recordOf: (key, value) => ({
      topic,
      partition: 0,
      records: [{ key: Buffer.from(key), value }],
    }),
    read: async () => {
      const facts = new Map<string, Buffer>();
      const records = readPartition(connection, {
        ...{ topic, partition: 0, fromOffset: 0, isolation: 'read_committed' },
      });
      for await (const { key, value } of records) {
        const name = key?.toString('utf8') ?? '';
        if (value === null) facts.delete(name);
        else facts.set(name, Buffer.from(value));
      }
      return facts;
    },
  };
};
