/**
 * The keys of the topic `_millrace.ingest.keys`, followed while the door runs: what `millrace ingest keys` writes holds
 * for the next request, some hundred milliseconds later. Writing is the command line's; when keys were used is
 * note-uses.ts.
 */
import {
  ingestKeysTopic,
  ingestKeysTopicSettings,
  keyRecordKey,
  parseIngestKey,
  topicConfig,
} from '@millrace/contracts';
import { type Admin, createTailConsumer, type KafkaConnection } from '@millrace/kafka';
import { type Clock, type Logger, retry } from '@millrace/pipeline';
import type { KeyRing } from './key-ring.ts';

const at = { topic: ingestKeysTopic, partition: 0 } as const;
const prefix = keyRecordKey('');

export interface FollowKeysOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly keys: KeyRing;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Makes the topic when there is none, and resolves when every key in it is known. While Kafka is away the known keys
 * hold; when the topic was deleted and made again it is read anew.
 */
export const followKeys = async (options: FollowKeysOptions): Promise<void> => {
  const { clock, logger, signal } = options;
  let following = await follow(options);
  const goOn = async (): Promise<void> => {
    while (!signal.aborted) {
      const error = await following.finished.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (signal.aborted) return;
      logger.warn({ err: error, topic: ingestKeysTopic }, 'keys cannot be followed: trying again');
      following = await retry(
        () => follow(options),
        { initialMs: 500, multiplier: 2, maxMs: 10_000, jitter: 0.2 },
        clock,
        signal,
      )();
    }
  };
  goOn().catch((error: unknown) => {
    if (!signal.aborted) logger.error({ err: error }, 'keys are not followed any more');
  });
};

const follow = async ({ connection, admin, keys, logger, signal }: FollowKeysOptions) => {
  const { name, partitions, replicationFactor } = ingestKeysTopicSettings;
  const config = topicConfig(ingestKeysTopicSettings);
  await admin.createTopics([{ name, partitions, replicationFactor, config }]);
  let isFirst = true;
  const tail = createTailConsumer(connection, {
    isolation: 'read_uncommitted',
    batch: ({ records }) => {
      // Not before there is something in its place.
      if (isFirst) keys.clear();
      isFirst = false;
      for (const { key, value, offset } of records) {
        const recordKey = key?.toString() ?? '';
        if (!recordKey.startsWith(prefix)) continue;
        const id = recordKey.slice(prefix.length);
        const read = value === null ? undefined : parseIngestKey(value.toString());
        // A key that cannot be read does not hold: better shut than open.
        if (value !== null && read?.id !== id)
          logger.error({ keyId: id, offset, topic: ingestKeysTopic }, 'a key cannot be read');
        keys.put(id, read?.id === id ? read : undefined);
      }
    },
  });
  signal.addEventListener('abort', () => void tail.close(), { once: true });
  try {
    await tail.add([{ ...at, fromOffset: 0 }]);
    await tail.caughtUp([at]);
    keys.complete();
  } catch (error) {
    await tail.close();
    throw error;
  }
  return tail;
};
