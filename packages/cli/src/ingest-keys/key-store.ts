/** The keys of the HTTP door where they live: a compacted topic that every door follows. */
import {
  type IngestKey,
  ingestKeysTopic,
  ingestKeysTopicSettings,
  keyRecordKey,
  keyUseRecordKey,
  parseIngestKey,
  topicConfig,
} from '@millrace/contracts';
import { createAdmin, createProducer, type KafkaConnection, readPartition } from '@millrace/kafka';

export interface StoredKeys {
  /** In the order of their ids. */
  readonly keys: readonly IngestKey[];
  /** ISO 8601, by id; absent: never, or not written down yet. */
  readonly lastUsed: ReadonlyMap<string, string>;
  /** Ids whose record is no key; doors let nobody in with them. */
  readonly unreadable: readonly string[];
}

export interface KeyStore {
  read(): Promise<StoredKeys>;
  /** Resolves when all replicas in sync hold it. Who writes last wins. */
  put(key: IngestKey): Promise<void>;
  close(): Promise<void>;
}

export const openKeyStore = (connection: KafkaConnection): KeyStore => {
  const admin = createAdmin(connection);
  const producer = createProducer(connection);
  const ensureTopic = () => {
    const { name, partitions, replicationFactor } = ingestKeysTopicSettings;
    const config = topicConfig(ingestKeysTopicSettings);
    return admin.createTopics([{ name, partitions, replicationFactor, config }]);
  };
  return {
    read: async () => {
      const [state] = await admin.describeTopics([ingestKeysTopic]);
      const newest = new Map<string, Buffer | null>();
      if (state !== undefined) {
        const range = { topic: ingestKeysTopic, partition: 0, fromOffset: 0 } as const;
        for await (const { key, value } of readPartition(connection, {
          ...range,
          isolation: 'read_uncommitted',
        }))
          newest.set(String(key), value);
      }
      return sort(newest);
    },
    put: async (key) => {
      await ensureTopic();
      const record = {
        key: Buffer.from(keyRecordKey(key.id)),
        value: Buffer.from(JSON.stringify(key)),
      };
      await producer.send([{ topic: ingestKeysTopic, partition: 0, records: [record] }]);
    },
    close: async () => {
      await producer.close();
      await admin.close();
    },
  };
};

const sort = (newest: ReadonlyMap<string, Buffer | null>): StoredKeys => {
  const keys: IngestKey[] = [];
  const unreadable: string[] = [];
  const lastUsed = new Map<string, string>();
  for (const [recordKey, value] of newest) {
    if (value === null) continue;
    const text = value.toString();
    if (recordKey.startsWith(keyUseRecordKey(''))) {
      lastUsed.set(recordKey.slice(keyUseRecordKey('').length), lastUsedAt(text));
      continue;
    }
    const key = parseIngestKey(text);
    if (key !== undefined && recordKey === keyRecordKey(key.id)) keys.push(key);
    else unreadable.push(recordKey);
  }
  return { keys: keys.sort((a, b) => (a.id < b.id ? -1 : 1)), lastUsed, unreadable };
};

const lastUsedAt = (text: string): string => {
  try {
    return String((JSON.parse(text) as { lastUsedAt?: unknown }).lastUsedAt ?? '');
  } catch {
    return '';
  }
};
