import type { Admin } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import type { InputPosition } from './task.ts';

/**
 * Where a group stands in one partition of these topics: at what it has committed, or at the beginning of what
 * the topic holds. What was removed before it was read is lost whatever is done about it: the group goes on behind it, and it is said.
 */
export const readPositions = async (
  admin: Pick<Admin, 'committedOffsets' | 'partitionOffsets'>,
  groupId: string,
  topics: readonly string[],
  partition: number,
  logger: Pick<Logger, 'error'>,
): Promise<ReadonlyMap<string, InputPosition>> => {
  const committed = await admin.committedOffsets(groupId, topics, partition);
  const positions = new Map<string, InputPosition>();
  for (const topic of topics) {
    const offsets = await admin.partitionOffsets(topic);
    const { low } = offsets.find((one) => one.partition === partition)!;
    const found = committed.find((one) => one.topic === topic);
    if (found !== undefined && found.offset < low) {
      logger.error(
        { group: groupId, topic, partition, from: found.offset, lost: low - found.offset },
        'records were removed by retention before they were read',
      );
    }
    const offset = Math.max(found?.offset ?? low, low);
    positions.set(topic, { offset, metadata: found?.metadata ?? '' });
  }
  return positions;
};
