import { MillraceError } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartitionRows } from '@millrace/kafka';
import type { Stream } from '../stream.ts';
import { eachClaim, ownSource } from './claim-of.ts';

/** Where to begin in a topic. */
export interface TailStart {
  /** By partition; of one that is absent the last `eventsMax` records are read. */
  readonly offsets?: readonly number[];
  /** Records of the whole topic, at most, where no offset is known. */
  readonly eventsMax: number;
}

export interface RestoredTail {
  /** Ids that were read. */
  readonly count: number;
  /** Of each partition: whatever stands from the start up to this offset, at least, has been read. */
  readonly to: readonly number[];
}

/**
 * Reads the ids of a topic's last events into its window: at start, what came after the last block of ids, so that a
 * client's retry after a crash is recognised; and after a write whose outcome is not known.
 */
export const restoreWindow = async (
  kafka: { readonly connection: KafkaConnection; readonly admin: Admin },
  { topic, window, contract }: Stream,
  { offsets = [], eventsMax }: TailStart,
): Promise<RestoredTail> => {
  const partitions = await kafka.admin.partitionOffsets(topic);
  const perPartition = Math.floor(Math.min(eventsMax, window.capacity) / partitions.length);
  const rule = { hasIdentity: contract.identity !== undefined, source: ownSource(contract) };
  let count = 0;
  const remember = (claim: string) => {
    window.remember(claim);
    count += 1;
  };
  for (const { partition, low, high } of partitions) {
    const from = offsets[partition] ?? high - perPartition;
    const fromOffset = Math.max(low, from, high - window.capacity);
    if (fromOffset >= high) continue;
    try {
      for await (const rows of readPartitionRows(kafka.connection, {
        ...{ topic, partition, fromOffset, isolation: 'read_uncommitted' },
      }))
        eachClaim(rows, rule, remember);
    } catch (error) {
      // Retention overtook the reader: what is gone cannot be repeated by a client that still waits.
      if (!(error instanceof MillraceError && error.code === 'kafka.offset-out-of-range'))
        throw error;
    }
  }
  return { count, to: partitions.map(({ high }) => high) };
};
