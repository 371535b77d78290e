import { cloudEventHeaders, MillraceError } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition } from '@millrace/kafka';
import type { EventWindow } from './event-window.ts';

/**
 * Reads the ids of the last events of a topic back into its window: at start, so that a client's retry
 * after a crash is recognised, and after a write whose outcome is not known.
 * @returns how many ids were read
 */
export const restoreWindow = async (
  kafka: { readonly connection: KafkaConnection; readonly admin: Admin },
  topic: string,
  window: EventWindow,
  eventsMax: number,
): Promise<number> => {
  const partitions = await kafka.admin.partitionOffsets(topic);
  const perPartition = Math.floor(Math.min(eventsMax, window.capacity) / partitions.length);
  let restored = 0;
  for (const { partition, low, high } of partitions) {
    const fromOffset = Math.max(low, high - perPartition);
    try {
      for await (const { headers } of readPartition(kafka.connection, {
        topic,
        partition,
        fromOffset,
        isolation: 'read_uncommitted',
      })) {
        const id = headers[cloudEventHeaders.id];
        if (id === undefined) continue;
        window.remember(id.toString('utf8'));
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
