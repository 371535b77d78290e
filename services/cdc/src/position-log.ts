/** Where positions live: a compacted topic of one partition, one key per source. */
import { internalTopic } from '@millrace/contracts';
import { type KafkaConnection, type PartitionBatch, readPartition } from '@millrace/kafka';
import { decodePosition, encodePosition, type Position } from './position.ts';

export const positionsTopic = internalTopic('cdc.positions');

export interface PositionLog {
  /** The record to put into the transaction that holds the changes up to `position`. */
  recordOf(position: Position): PartitionBatch;
  /**
   * The last position committed. Only after the producer's fence is it final: until then a predecessor's
   * transaction may still be open. Throws `cdc.position-invalid`.
   */
  read(): Promise<Position | undefined>;
}

export const createPositionLog = (connection: KafkaConnection, source: string): PositionLog => {
  const key = Buffer.from(source);
  return {
    recordOf: (position) => ({
      topic: positionsTopic,
      partition: 0,
      records: [{ key, value: encodePosition(position) }],
    }),
    read: async () => {
      let last: Buffer | undefined;
      const records = readPartition(connection, {
        topic: positionsTopic,
        partition: 0,
        fromOffset: 0,
        isolation: 'read_committed',
      });
      for await (const record of records) {
        if (record.key?.equals(key) === true) last = record.value ?? undefined;
      }
      return last === undefined ? undefined : decodePosition(last);
    },
  };
};
