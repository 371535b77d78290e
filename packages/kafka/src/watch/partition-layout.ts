/** All partitions of a cluster in one row, topic by topic, so that what is known of them stands in plain columns. */
import type { PartitionLayout, TopicPlace } from '../cluster-watch.ts';
import type { TopicMetadata } from '../messages/cluster-messages.ts';
import type { TopicPartitions } from '../messages/watch-messages.ts';

/** Topics that are being made or deleted have an error code, and no place. */
export const layOut = (topics: readonly TopicMetadata[]): PartitionLayout => {
  const places = new Map<string, TopicPlace>();
  const whole = topics.filter(({ errorCode }) => errorCode === 0);
  let partitions = 0;
  for (const { topic, topicId, partitions: own, mayRead } of whole) {
    places.set(topic, {
      ...{ name: topic, topicId, first: partitions, partitions: own.length },
      mayRead: mayRead !== false,
    });
    partitions += own.length;
  }
  const leaders = new Int32Array(partitions).fill(-1);
  for (const { topic, partitions: own } of whole) {
    const { first } = places.get(topic)!;
    for (const { partition, leader } of own)
      if (partition < own.length) leaders[first + partition] = leader;
  }
  return { topics: places, partitions, leaders };
};

/** What each broker leads, in pieces of so many partitions at most. Partitions without a leader are left out. */
export const byLeader = (
  { topics, leaders }: PartitionLayout,
  partitionsMax: number,
): readonly { readonly nodeId: number; readonly topics: readonly TopicPartitions[] }[] => {
  const pieces: { nodeId: number; topics: TopicPartitions[] }[] = [];
  const filling = new Map<number, { readonly topics: TopicPartitions[]; count: number }>();
  for (const { name, first, partitions } of topics.values()) {
    const own = new Map<number, number[]>();
    for (let partition = 0; partition < partitions; partition += 1) {
      const nodeId = leaders[first + partition]!;
      if (nodeId < 0) continue;
      const led = own.get(nodeId);
      if (led === undefined) own.set(nodeId, [partition]);
      else led.push(partition);
    }
    for (const [nodeId, led] of own) {
      let piece = filling.get(nodeId);
      if (piece === undefined || piece.count + led.length > partitionsMax) {
        piece = { topics: [], count: 0 };
        filling.set(nodeId, piece);
        pieces.push({ nodeId, topics: piece.topics });
      }
      piece.topics.push({ topic: name, partitions: led });
      piece.count += led.length;
    }
  }
  return pieces;
};
