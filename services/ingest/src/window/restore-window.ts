import { MillraceError } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';
import type { Stream } from '../stream.ts';
import { claimOfRecord, ownSource } from './claim-of.ts';

/** Where to begin in a topic. */
export interface TailStart {
  /** By partition; of one that is absent the last `eventsMax` records are read. */
  readonly offsets?: readonly number[];
  /** Records of the whole topic, at most, where no offset is known. */
  readonly eventsMax: number;
}

/**
 * Reads the ids of a topic's last events into its window: at start, what came after the last block of ids, so that a
 * client's retry after a crash is recognised; and after a write whose outcome is not known.
 * @returns how many ids were read
 */
export const restoreWindow = async (
  kafka: { readonly connection: KafkaConnection; readonly admin: Admin },
  { topic, window, contract }: Stream,
  { offsets = [], eventsMax }: TailStart,
): Promise<number> => {
  const partitions = await kafka.admin.partitionOffsets(topic);
  const perPartition = Math.floor(Math.min(eventsMax, window.capacity) / partitions.length);
  const hasIdentity = contract.identity !== undefined;
  const source = ownSource(contract);
  let restored = 0;
  for (const { partition, low, high } of partitions) {
    const from = offsets[partition] ?? high - perPartition;
    const fromOffset = Math.max(low, from, high - window.capacity);
    if (fromOffset >= high) continue;
    try {
      for await (const { headers } of readPartition(kafka.connection, {
        topic,
        partition,
        fromOffset,
        isolation: 'read_uncommitted',
      })) {
        const claim = claimOfRecord(headers, hasIdentity, source);
        if (claim === undefined) continue;
        window.remember(claim);
        restored += 1;
      }
    } catch (error) {
      // Retention overtook the reader: what is gone cannot be repeated by a client that still waits.
      if (!(error instanceof MillraceError && error.code === 'kafka.offset-out-of-range'))
        throw error;
    }
  }
  return restored;
};
