/** How far a copy is behind its source: records, and since when what is not copied yet has been waiting: what would be lost now. */
import { type Admin, type KafkaConnection, readPartitionRows } from '@millrace/kafka';
import { type MirrorLog, placeKey } from './mirror-log.ts';

export interface TopicBehind {
  readonly topic: string;
  readonly partitions: number;
  /** Offsets of the source that are not copied; markers count. Undefined while the source does not answer. */
  readonly behind: number | undefined;
  /** Time of the oldest record that is not copied, ms since 1970. */
  readonly oldestMs: number | undefined;
  /** When something of the topic was copied last, ms since 1970. */
  readonly copiedMs: number;
}

/** @param source undefined while the source is away: then only what the log says is told */
export async function topicsBehind(
  log: MirrorLog,
  source: { readonly admin: Admin; readonly connection: KafkaConnection } | undefined,
): Promise<readonly TopicBehind[]> {
  const byTopic = Map.groupBy(log.copied.values(), ({ topic }) => topic);
  const found: TopicBehind[] = [];
  for (const [topic, partitions] of byTopic) {
    const copiedMs = Math.max(...partitions.map(({ atMs }) => atMs));
    const known = { topic, partitions: partitions.length, copiedMs };
    if (source === undefined) {
      found.push({ ...known, behind: undefined, oldestMs: undefined });
      continue;
    }
    let behind = 0;
    let oldestMs: number | undefined;
    for (const { partition, stable } of await source.admin.partitionOffsets(topic)) {
      const next = log.copied.get(placeKey(topic, partition))?.next ?? 0;
      if (stable <= next) continue;
      const atMs = await timeOfFirst(source.connection, topic, partition, next);
      if (atMs === undefined) continue;
      behind += stable - next;
      oldestMs = Math.min(oldestMs ?? atMs, atMs);
    }
    found.push({ ...known, behind, oldestMs });
  }
  return found.toSorted((a, b) => a.topic.localeCompare(b.topic));
}

/** Of the first record from the offset on; undefined where there are markers alone. */
async function timeOfFirst(
  connection: KafkaConnection,
  topic: string,
  partition: number,
  fromOffset: number,
): Promise<number | undefined> {
  const where = { topic, partition, fromOffset, isolation: 'read_committed' } as const;
  for await (const rows of readPartitionRows(connection, where)) return rows.at(0).timestampMs;
  return undefined;
}
