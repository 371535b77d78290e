/**
 * A cluster of many topics and groups on a real broker: topics with records in each partition, groups that have committed and
 * go on committing. Groups are made by commits without members, which is what a watcher costs to ask for; members of some are
 * real.
 */
import {
  type Admin,
  createAdmin,
  createGroupConsumer,
  createProducer,
  type KafkaConnection,
  type Producer,
} from '@millrace/kafka';

export interface WorldSize {
  readonly topics: number;
  readonly partitions: number;
  readonly groups: number;
  /** That each group reads. */
  readonly topicsPerGroup: number;
}

export interface WatchedWorld {
  /** One round of traffic: records on a tenth of the topics, and commits of every group. */
  step(): Promise<void>;
  close(): Promise<void>;
}

/** Small, so that thousands of logs fit one broker of a test. */
const topicConfig = { 'segment.index.bytes': '4096', 'segment.bytes': '1048576' };
const record = { key: null, value: Buffer.from('x') };
const membered = 10;

const inPieces = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );

const names = (size: WorldSize) =>
  Array.from({ length: size.topics }, (_, n) => `bench.watch.${String(n).padStart(4, '0')}`);

/** Of the n-th group: consecutive topics, so that each topic has about as many readers. */
const readBy = (topics: readonly string[], size: WorldSize, n: number): readonly string[] =>
  Array.from(
    { length: size.topicsPerGroup },
    (_, at) => topics[(n * size.topicsPerGroup + at) % topics.length]!,
  );

const sendTo = (producer: Producer, topics: readonly string[], partitions: number, count: number) =>
  producer.send(
    topics.flatMap((topic) =>
      Array.from({ length: partitions }, (_, partition) => ({
        ...{ topic, partition },
        records: Array.from({ length: count }, () => record),
      })),
    ),
  );

const createWatched = async (admin: Admin, size: WorldSize): Promise<readonly string[]> => {
  const topics = names(size);
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((name) => !existing.has(name));
  for (const some of inPieces(missing, 20))
    await admin.createTopics(
      some.map((name) => ({
        ...{ name, partitions: size.partitions, replicationFactor: 1, config: topicConfig },
      })),
    );
  return topics;
};

const joinSome = (connection: KafkaConnection, topics: readonly string[], size: WorldSize) =>
  Array.from({ length: Math.min(membered, size.groups) }, (_, n) => {
    const groupId = `bench.watch.member.${n}`;
    const consumer = createGroupConsumer(connection, {
      ...{ groupId, topics: readBy(topics, size, n) },
    });
    const running = consumer.run({
      assigned: async () => undefined,
      revoked: () => undefined,
      batch: () => undefined,
    });
    return { consumer, running };
  });

export const createWatchedWorld = async (
  connection: KafkaConnection,
  size: WorldSize,
): Promise<WatchedWorld> => {
  const admin = createAdmin(connection);
  const producer = createProducer(connection);
  const topics = await createWatched(admin, size);
  for (const some of inPieces(topics, 50)) await sendTo(producer, some, size.partitions, 20);
  const members = joinSome(connection, topics, size);
  let step = 0;

  const commit = (n: number, offset: number) =>
    admin.commitOffsets(
      `bench.watch.group.${n}`,
      readBy(topics, size, n).flatMap((topic) =>
        Array.from({ length: size.partitions }, (_, partition) => ({
          ...{ topic, partition, offset, metadata: '' },
        })),
      ),
    );

  return {
    async step() {
      step += 1;
      const tenth = topics.filter((_, n) => n % 10 === step % 10);
      await sendTo(producer, tenth, size.partitions, 5);
      const groups = Array.from({ length: size.groups - members.length }, (_, n) => n);
      // a third is at the end, a third follows behind, a third stands still
      for (const some of inPieces(groups, 20))
        await Promise.all(some.map((n) => commit(n, [1_000_000, Math.min(20, step), 3][n % 3]!)));
    },
    async close() {
      for (const { consumer, running } of members) {
        await consumer.close();
        await running;
      }
      await producer.close();
      await admin.close();
    },
  };
};
