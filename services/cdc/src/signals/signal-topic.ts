/**
 * Debezium's signal topic: records whose key is the capture's topic prefix are signals, others are somebody else's. It is
 * read from where it ended when the capture first saw it; how far is remembered in the Kafka transaction of what a
 * signal asked for, so each is obeyed once.
 */
import { changeTopicPrefix, MillraceError } from '@millrace/contracts';
import { createAdmin, type KafkaConnection, readPartition } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { CdcConfig } from '../config.ts';

export interface SignalTopicOptions {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** Signals of other captures have another key. */
  readonly key: string;
  /** Of the topic when it has to be made. */
  readonly replicationFactor: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SignalTopicHandlers {
  /** Behind what earlier sessions have obeyed; undefined: never read before. */
  readonly fromOffset: number | undefined;
  /** It begins here, and this is to be remembered. */
  begun(offset: number): void;
  /** `offset`: of the record. */
  signal(text: string, offset: number): void;
}

export interface SignalTopic {
  readonly name: string;
  /** Until `aborted`. What Kafka refuses is tried again for as long as it takes. */
  watch(handlers: SignalTopicHandlers, aborted: AbortSignal): Promise<void>;
}

/** As in Debezium one partition: signals have an order. */
const PARTITION = 0;
const POLL_MS = 1000;

export const createSignalTopic = (options: SignalTopicOptions): SignalTopic => {
  const { clock, kafka, key, logger, topic } = options;

  const bounds = async (): Promise<{ readonly low: number; readonly high: number }> => {
    const admin = createAdmin(kafka);
    try {
      const { replicationFactor } = options;
      await admin.createTopics([{ name: topic, partitions: 1, replicationFactor, config: {} }]);
      const offsets = await admin.partitionOffsets(topic);
      return offsets.find(({ partition }) => partition === PARTITION) ?? { low: 0, high: 0 };
    } finally {
      await admin.close();
    }
  };

  /** Where to begin: where an earlier session was, unless the topic was made anew since. */
  const beginning = async ({ begun, fromOffset }: SignalTopicHandlers): Promise<number> => {
    const { high, low } = await bounds();
    if (fromOffset !== undefined && fromOffset <= high) return fromOffset;
    const offset = fromOffset === undefined ? high : low;
    begun(offset);
    logger.info({ topic, offset }, 'signals are read from here on');
    return offset;
  };

  return {
    name: topic,
    watch: async (handlers, aborted) => {
      let offset: number | undefined;
      let hasFailed = false;
      const look = async (): Promise<void> => {
        offset ??= await beginning(handlers);
        const from = { topic, partition: PARTITION, fromOffset: offset };
        for await (const record of readPartition(kafka, { ...from, isolation: 'read_committed' })) {
          if (aborted.aborted) return;
          offset = record.offset + 1;
          if (record.key?.toString('utf8') !== key || record.value === null) continue;
          handlers.signal(record.value.toString('utf8'), record.offset);
        }
        hasFailed = false;
      };
      while (!aborted.aborted) {
        try {
          await look();
        } catch (error) {
          // signals wait while Kafka is away; the stream has a patience of its own
          if (!(error instanceof MillraceError)) throw error;
          if (error.code === 'kafka.unknown-topic') offset = undefined;
          if (!hasFailed) logger.warn({ err: error, topic }, 'signals cannot be read; tried again');
          hasFailed = true;
        }
        await clock.sleep(POLL_MS, aborted).catch(() => undefined);
      }
    },
  };
};

/** The topic that the settings name; undefined when they name none. */
export const signalTopicOf = (
  config: Pick<CdcConfig, 'signalTopic' | 'source' | 'topicReplication'>,
  parts: Pick<SignalTopicOptions, 'clock' | 'kafka' | 'logger'>,
): SignalTopic | undefined =>
  config.signalTopic === undefined
    ? undefined
    : createSignalTopic({
        ...parts,
        topic: config.signalTopic,
        key: changeTopicPrefix(config.source),
        replicationFactor: config.topicReplication,
      });
