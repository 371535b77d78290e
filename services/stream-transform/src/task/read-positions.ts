import type { Admin } from '@millrace/kafka';
import type { InputPosition } from './task.ts';

/**
 * Where a group stands in one partition of these topics: at what it has committed, or at the beginning of what
 * the topic holds.
 */
export const readPositions = async (
  admin: Admin,
  groupId: string,
  topics: readonly string[],
  partition: number,
): Promise<ReadonlyMap<string, InputPosition>> => {
  const committed = await admin.committedOffsets(groupId, topics, partition);
  const positions = new Map<string, InputPosition>();
  for (const topic of topics) {
    const found = committed.find((one) => one.topic === topic);
    if (found !== undefined) {
      positions.set(topic, { offset: found.offset, metadata: found.metadata });
      continue;
    }
    const offsets = await admin.partitionOffsets(topic);
    const { low } = offsets.find((one) => one.partition === partition)!;
    positions.set(topic, { offset: low, metadata: '' });
  }
  return positions;
};
