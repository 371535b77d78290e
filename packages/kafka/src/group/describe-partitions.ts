import type { Cluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import type { AssignedPartition } from '../group-consumer.ts';
import type { TopicPartition } from '../records.ts';
import { committedOffsets } from './committed-offsets.ts';
import { keyOf } from './holdings.ts';

/**
 * Where a group stands in these partitions. Rejects with `kafka.unavailable` while a broker is away or a
 * transaction with their offsets is open.
 */
export const describePartitions = async (
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly AssignedPartition[]> => {
  const { topics } = await cluster.refresh([...new Set(partitions.map((one) => one.topic))]);
  const topicIds = new Map(topics.map((one) => [one.topic, one.topicId]));
  const starts = await offsetsOf(cluster, partitions, 'start', 'read_committed');
  const committed = await committedOffsets(cluster, groupId, partitions);
  const committedBy = new Map(committed.map((one) => [keyOf(one), one]));
  return starts.map(({ topic, partition, offset: logStartOffset }) => {
    const found = committedBy.get(keyOf({ topic, partition }));
    const assigned = { topic, partition, topicId: topicIds.get(topic) ?? '', logStartOffset };
    if (found === undefined) return { ...assigned, startOffset: logStartOffset };
    const { offset, metadata } = found;
    return { ...assigned, startOffset: offset, committed: { offset, metadata } };
  });
};
