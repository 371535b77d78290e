/** Where positions live: a compacted topic of one partition, one key per source. */
import { randomUUID } from 'node:crypto';
import { internalTopic } from '@millrace/contracts';
import {
  type KafkaConnection,
  type PartitionBatch,
  readPartition,
  type TransactionalProducer,
} from '@millrace/kafka';
import type { Clock } from '@millrace/pipeline';
import { decodePosition, encodePosition, type Position } from './position.ts';

export const positionsTopic = internalTopic('cdc.positions');

export interface PositionLog {
  /** The record to put into the transaction that holds the changes up to `position`. */
  recordOf(position: Position): PartitionBatch;
  /**
   * The last position committed, final because of two things: the producer is fenced, so no predecessor adds
   * to it; and a mark of this start, committed first, is waited for. Sources share the topic, and a
   * transaction that another one left open hides everything behind it, our own position too, until it ends.
   * Throws `cdc.position-invalid`, kafka.* errors.
   */
  read(producer: TransactionalProducer): Promise<Position | undefined>;
}

const POLL_MS = 100;

export const createPositionLog = (
  connection: KafkaConnection,
  source: string,
  clock: Clock,
  signal: AbortSignal,
): PositionLog => {
  const key = Buffer.from(source);
  const markKey = Buffer.from(`${source} started`);
  const batch = (recordKey: Buffer, value: Buffer): PartitionBatch => ({
    topic: positionsTopic,
    partition: 0,
    records: [{ key: recordKey, value }],
  });

  /** The last position, or undefined when the mark is not visible yet. */
  const readUpTo = async (mark: Buffer): Promise<{ last: Buffer | undefined } | undefined> => {
    let last: Buffer | undefined;
    const records = readPartition(connection, {
      topic: positionsTopic,
      partition: 0,
      fromOffset: 0,
      isolation: 'read_committed',
    });
    for await (const record of records) {
      if (record.key?.equals(key) === true) last = record.value ?? undefined;
      if (record.key?.equals(markKey) === true && record.value?.equals(mark) === true) {
        return { last };
      }
    }
    return undefined;
  };

  return {
    recordOf: (position) => batch(key, encodePosition(position)),
    read: async (producer) => {
      const mark = Buffer.from(randomUUID());
      await producer.transaction((transaction) => transaction.send([batch(markKey, mark)]));
      let found = await readUpTo(mark);
      while (found === undefined) {
        await clock.sleep(POLL_MS, signal);
        found = await readUpTo(mark);
      }
      return found.last === undefined ? undefined : decodePosition(found.last);
    },
  };
};
