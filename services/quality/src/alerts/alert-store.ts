/** What must outlive the service: open alerts with who was told, and silences; a compacted topic, the newest record of each. */
import { topicConfig } from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection, readPartition } from '@millrace/kafka';
import type { Silence } from '@millrace/operations';
import type { Logger } from '@millrace/pipeline';
import type { AlertRecord } from './alert-record.ts';

export interface StoredAlerts {
  readonly alerts: readonly AlertRecord[];
  readonly silences: readonly Silence[];
}

export interface AlertStore {
  /** What was there when the service began. Rejects with kafka.* while Kafka is away. */
  read(): Promise<StoredAlerts>;
  /** Resolve when all replicas in sync hold it. */
  putAlerts(alerts: readonly AlertRecord[]): Promise<void>;
  putSilence(silence: Silence): Promise<void>;
  removeSilence(id: string): Promise<void>;
  close(): Promise<void>;
}

export interface AlertStoreOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly topic: string;
  readonly logger: Logger;
}

export const createAlertStore = ({
  connection,
  admin,
  topic,
  logger,
}: AlertStoreOptions): AlertStore => {
  const producer = createProducer(connection, {});
  let made: Promise<unknown> | undefined;
  const ensureTopic = (): Promise<unknown> => {
    if (made !== undefined) return made;
    const settings = {
      ...{ name: topic, partitions: 1, replicationFactor: -1, retentionMs: -1 },
      cleanupPolicy: 'compact',
    } as const;
    const { partitions, replicationFactor } = settings;
    const making = admin.createTopics([
      { name: topic, partitions, replicationFactor, config: topicConfig(settings) },
    ]);
    made = making;
    // what failed is tried anew by the next
    making.catch(() => {
      made = undefined;
    });
    return making;
  };
  const write = async (records: readonly { key: string; value: unknown }[]): Promise<void> => {
    if (records.length === 0) return;
    await ensureTopic();
    await producer.send([
      {
        ...{ topic, partition: 0 },
        records: records.map(({ key, value }) => ({
          key: Buffer.from(key),
          value: value === null ? null : Buffer.from(JSON.stringify(value)),
        })),
      },
    ]);
  };
  const parse = <T>(text: string): readonly T[] => {
    try {
      return [JSON.parse(text) as T];
    } catch {
      logger.warn({ topic }, 'a record that is no alert and no silence is left out');
      return [];
    }
  };

  return {
    read: async () => {
      await ensureTopic();
      const newest = new Map<string, string>();
      for await (const { key, value } of readPartition(connection, {
        ...{ topic, partition: 0, fromOffset: 0, isolation: 'read_uncommitted' },
      })) {
        if (value === null) newest.delete(String(key));
        else newest.set(String(key), value.toString());
      }
      const of = <T>(prefix: string) =>
        [...newest].flatMap(([key, text]) => (key.startsWith(prefix) ? parse<T>(text) : []));
      return { alerts: of<AlertRecord>('alert:'), silences: of<Silence>('silence:') };
    },
    putAlerts: (alerts) =>
      write(
        alerts.map((alert) => ({
          key: `alert:${alert.id}`,
          value: alert.endedMs === null ? alert : null,
        })),
      ),
    putSilence: (silence) => write([{ key: `silence:${silence.id}`, value: silence }]),
    removeSilence: (id) => write([{ key: `silence:${id}`, value: null }]),
    close: () => producer.close(),
  };
};
