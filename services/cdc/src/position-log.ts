/**
 * Where positions live: a compacted topic of one partition for each source. Not one topic for all: a
 * transaction that a killed instance of another source left open hides everything behind it from
 * read_committed, our own last position too, until that one's timeout.
 */
import { positionsTopic } from '@millrace/contracts';
import {
  createAdmin,
  type KafkaConnection,
  type PartitionBatch,
  readPartition,
} from '@millrace/kafka';
import { decodePosition, encodePosition, type Position } from './position.ts';

const TAIL_RECORDS = 100;

export interface PositionLog {
  /** The record to put into the transaction that holds the changes up to `position`. */
  recordOf(position: Position): PartitionBatch;
  /** The record that ends what was written before: there is no position any more. */
  endRecord(): PartitionBatch;
  /**
   * The last position committed; undefined when there is none, or it was ended. It is final once the producer is fenced: that ends the one transaction that
   * could still hide or add a record. Throws `cdc.position-invalid`, kafka.* errors.
   */
  read(): Promise<Position | undefined>;
}

export const createPositionLog = (connection: KafkaConnection, source: string): PositionLog => {
  const key = Buffer.from(source);
  const topic = positionsTopic(source);
  const offsets = async () => {
    const admin = createAdmin(connection);
    try {
      const [partition] = await admin.partitionOffsets(topic);
      return partition ?? { low: 0, high: 0 };
    } finally {
      await admin.close();
    }
  };
  /** Undefined where no record is committed; null: the last one ends what was before. */
  const lastCommitted = async (fromOffset: number): Promise<Buffer | null | undefined> => {
    let last: Buffer | null | undefined;
    const records = readPartition(connection, {
      ...{ topic, partition: 0, fromOffset, isolation: 'read_committed' },
    });
    for await (const record of records) last = record.value;
    return last;
  };
  const batchOf = (value: Buffer | null): PartitionBatch => ({
    topic,
    partition: 0,
    records: [{ key, value }],
  });
  return {
    recordOf: (position) => batchOf(encodePosition(position)),
    endRecord: () => batchOf(null),
    read: async () => {
      const { low, high } = await offsets();
      // compaction comes late: the log may hold millions of positions, of which the last committed one counts
      for (let tail = TAIL_RECORDS; ; tail *= 10) {
        const fromOffset = Math.max(high - tail, low);
        const last = await lastCommitted(fromOffset);
        if (last === null) return undefined;
        if (last !== undefined) return decodePosition(last);
        if (fromOffset === low) return undefined;
      }
    },
  };
};
