/**
 * Where positions live: a compacted topic of one partition for each source. Not one topic for all: a
 * transaction that a killed instance of another source left open hides everything behind it from
 * read_committed, our own last position too, until that one's timeout.
 */
import { positionsTopic } from '@millrace/contracts';
import { type KafkaConnection, type PartitionBatch, readPartition } from '@millrace/kafka';
import { decodePosition, encodePosition, type Position } from './position.ts';

export interface PositionLog {
  /** The record to put into the transaction that holds the changes up to `position`. */
  recordOf(position: Position): PartitionBatch;
  /**
   * The last position committed. It is final once the producer is fenced: that ends the one transaction that
   * could still hide or add a record. Throws `cdc.position-invalid`, kafka.* errors.
   */
  read(): Promise<Position | undefined>;
}

export const createPositionLog = (connection: KafkaConnection, source: string): PositionLog => {
  const key = Buffer.from(source);
  const topic = positionsTopic(source);
  return {
    recordOf: (position) => ({
      topic,
      partition: 0,
      records: [{ key, value: encodePosition(position) }],
    }),
    read: async () => {
      let last: Buffer | undefined;
      const records = readPartition(connection, {
        ...{ topic, partition: 0, fromOffset: 0, isolation: 'read_committed' },
      });
      for await (const record of records) last = record.value ?? undefined;
      return last === undefined ? undefined : decodePosition(last);
    },
  };
};
