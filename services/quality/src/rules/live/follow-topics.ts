/**
 * Follows the topics of contracts from their ends, without a group: every partition's batches, one at a time, to whoever looks at
 * them. Nothing is committed; what came while the service was away is the affair of the rules on the table.
 */
import type { Contract } from '@millrace/contracts';
import {
  type Admin,
  type ConsumedBatch,
  createTailConsumer,
  type KafkaConnection,
  type TailConsumer,
} from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';

export interface FollowTopicsOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly logger: Logger;
  /** How long a few records may wait on the broker for more, ms: what each fetch costs is spread over them. */
  readonly waitMs: number;
  /** A batch of a partition; the next of that partition comes when it has settled. */
  readonly look: (batch: ConsumedBatch) => Promise<void>;
}

export interface TopicFollower {
  /** Follows what is there and not followed yet: new topics and partitions, and all of it after a fault. */
  follow(contracts: readonly Pick<Contract, 'topic'>[]): Promise<void>;
  /** True when every partition of the topic is followed. */
  isFollowed(topic: string): boolean;
  close(): Promise<void>;
}

/** Little memory: what is looked at is a sample where it is much. */
const fetchBytesMax = 2 * 1024 * 1024;
const fetchBytesPerPartitionMax = 256 * 1024;
const fetchBytesMin = 64 * 1024;

const keyOf = (topic: string, partition: number): string => `${topic}:${partition}`;

export const createTopicFollower = (options: FollowTopicsOptions): TopicFollower => {
  const { admin, logger, look } = options;
  let tail: TailConsumer | undefined;
  /** Followed partitions; those of topics that were there before begin at their end. */
  const followed = new Set<string>();
  const known = new Set<string>();

  const open = (): TailConsumer => {
    const opened = createTailConsumer(options.connection, {
      ...{
        isolation: 'read_committed',
        fetchBytesMax,
        fetchBytesPerPartitionMax,
        ...{ fetchBytesMin, fetchWaitMs: options.waitMs },
      },
      batch: (batch) => {
        const at = { topic: batch.topic, partition: batch.partition };
        opened.pause([at]);
        look(batch)
          .catch((error: unknown) =>
            logger.warn({ err: error, ...at }, 'a batch was not looked at'),
          )
          .finally(() => opened.resume([at]));
      },
      overtaken: () => undefined,
    });
    const forget = (): void => {
      if (tail !== opened) return;
      tail = undefined;
      followed.clear();
    };
    opened.finished.then(forget, (error: unknown) => {
      logger.warn({ err: error }, 'topics cannot be followed: beginning anew');
      forget();
    });
    return opened;
  };

  return {
    follow: async (contracts) => {
      const states = await admin.describeTopics(contracts.map(({ topic }) => topic.name));
      const missing = states.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })).filter(
          (one) => !followed.has(keyOf(one.topic, one.partition)),
        ),
      );
      if (missing.length === 0) return;
      tail ??= open();
      const ends = await tail.endOffsets(missing);
      // A partition that came to a topic that is followed is read from its beginning.
      const starts = missing.map((one, index) => ({
        ...one,
        fromOffset:
          known.has(one.topic) && !known.has(keyOf(one.topic, one.partition)) ? 0 : ends[index]!,
      }));
      await tail.add(starts);
      for (const { topic, partition } of missing) {
        followed.add(keyOf(topic, partition));
        known.add(keyOf(topic, partition));
        known.add(topic);
      }
    },
    isFollowed: (topic) => followed.has(keyOf(topic, 0)),
    close: async () => {
      const closing = tail;
      tail = undefined;
      await closing?.close();
    },
  };
};
