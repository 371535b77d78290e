/** What every consumer group of a cluster has committed, with what is written beside the offsets. Reads only. */
import {
  type Admin,
  createClusterWatch,
  type KafkaConnection,
  type TopicPartition,
} from '@millrace/kafka';

export interface GroupOffsets {
  readonly group: string;
  readonly offsets: readonly (TopicPartition & {
    readonly offset: number;
    readonly metadata: string;
  })[];
}

/**
 * Of the topics that are wanted; groups without an offset there are left out. Rejects with `kafka.unavailable` when a
 * broker does not answer: groups that nobody told of would be missed, not absent.
 */
export async function readGroupOffsets(
  connection: KafkaConnection,
  admin: Admin,
  isWanted: (topic: string) => boolean,
): Promise<readonly GroupOffsets[]> {
  const watch = createClusterWatch(connection);
  try {
    const layout = await watch.layout();
    const { groups } = await watch.groups();
    const topicsOf = new Map<string, Set<string>>();
    await watch.committed(groups, (groupId, topic) => {
      if (!isWanted(topic) || !layout.topics.has(topic)) return undefined;
      const topics = topicsOf.get(groupId) ?? new Set();
      topicsOf.set(groupId, topics.add(topic));
      return () => undefined;
    });
    const found: GroupOffsets[] = [];
    for (const [group, topics] of topicsOf) {
      const offsets = await admin.committedOffsets(group, [...topics]);
      if (offsets.length > 0) found.push({ group, offsets });
    }
    return found.toSorted((a, b) => a.group.localeCompare(b.group));
  } finally {
    watch.close();
  }
}
