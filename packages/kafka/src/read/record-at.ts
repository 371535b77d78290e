import { MillraceError } from '@millrace/contracts';
import type { ConsumedRecord } from '../records.ts';
import type { PartitionReader } from './read-partition.ts';

/**
 * The committed record at one place. Undefined when Kafka does not hold it (any more): the topic is gone, retention or
 * compaction has taken it, or its transaction was aborted. Rejects with other kafka.* errors, as a reading does.
 *
 * @param read `readPartition` on a connection, or a `PartitionReader`'s
 */
export const recordAt = async (
  read: PartitionReader['read'],
  topic: string,
  partition: number,
  offset: number,
): Promise<ConsumedRecord | undefined> => {
  const range = { topic, partition, fromOffset: offset, toOffset: offset + 1 };
  try {
    for await (const record of read({ ...range, isolation: 'read_committed' }))
      if (record.offset === offset) return record;
    return undefined;
  } catch (error) {
    const isGone =
      error instanceof MillraceError &&
      ['kafka.unknown-topic', 'kafka.offset-out-of-range'].includes(error.code);
    if (isGone) return undefined;
    throw error;
  }
};
