/**
 * Kafka in a backup: every topic with its settings, every group's offsets with what stands beside them, and the records
 * of those topics that hold state of the platform. Data is not among them unless it is asked for: it is large, it is in
 * ClickHouse, and a mirror keeps it nearer.
 */
import { mkdir } from 'node:fs/promises';
import {
  type Admin,
  type ConsumedRecord,
  type KafkaConnection,
  readPartition,
  type TopicState,
} from '@millrace/kafka';
import { chooseTopics } from '../mirror/choose-topics.ts';
import { readGroupOffsets } from './group-offsets.ts';
import type { BackupWriter } from './manifest.ts';
import { writeRecords } from './record-file.ts';

export interface SavedTopic extends TopicState {
  readonly topicId: string;
  /** Ends of the partitions when the backup was taken, in their order. */
  readonly ends: readonly number[];
  /** Records in the backup; absent where none are kept. */
  readonly records?: number;
}

/** Where a topic's records are in a backup. */
export const recordsPath = (topic: string): string => `records/${topic}.gz`;

/**
 * State that nothing else could make again. Left out: positions of captures (a capture that has lost its topics takes a
 * snapshot; a position of yesterday would leave out what came since), and records on their way within a transform.
 */
const keptState = [/^_millrace\./, /^dead\./];
const notKept = [/^_millrace\.cdc\./, /^_millrace\.transform\..*\.repartition$/];

const isKept = (topic: string): boolean =>
  keptState.some((one) => one.test(topic)) && !notKept.some((one) => one.test(topic));

export interface SaveKafkaOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly backup: BackupWriter;
  /** Topics to save; all when empty. */
  readonly topics: readonly string[];
  /** More topics whose records are kept. */
  readonly records: readonly string[];
}

/** Offsets first: a record that a group has not read then is in the backup, or was never taken. Rejects with `kafka.*`. */
export async function saveKafka(
  options: SaveKafkaOptions,
): Promise<{ topics: number; groups: number; records: number }> {
  const { connection, admin, backup } = options;
  const names = chooseTopics(await admin.listTopics(), options.topics);
  const wanted = new Set(names);
  const groups = await readGroupOffsets(connection, admin, (topic) => wanted.has(topic));
  await backup.write('groups.json', JSON.stringify(groups, null, 1));
  const asked = new Set(options.records.length === 0 ? [] : chooseTopics(names, options.records));
  await mkdir(backup.pathOf('records'), { recursive: true });
  const saved: SavedTopic[] = [];
  for (const state of await admin.describeTopics(names)) {
    const offsets = await admin.partitionOffsets(state.name);
    const topic = {
      ...state,
      topicId: await admin.topicId(state.name),
      ends: offsets.map(({ stable }) => stable),
    };
    if (!isKept(state.name) && !asked.has(state.name)) {
      saved.push(topic);
      continue;
    }
    const path = recordsPath(state.name);
    const records = await writeRecords(
      backup.pathOf(path),
      committedRecords(connection, state.name, topic.ends),
    );
    await backup.add(path);
    saved.push({ ...topic, records });
  }
  await backup.write('topics.json', JSON.stringify(saved, null, 1));
  const records = saved.reduce((sum, one) => sum + (one.records ?? 0), 0);
  return { topics: saved.length, groups: groups.length, records };
}

async function* committedRecords(
  connection: KafkaConnection,
  topic: string,
  ends: readonly number[],
): AsyncGenerator<ConsumedRecord & { readonly partition: number }, void, void> {
  for (const [partition, toOffset] of ends.entries()) {
    const where = {
      topic,
      partition,
      fromOffset: 0,
      toOffset,
      isolation: 'read_committed',
    } as const;
    for await (const record of readPartition(connection, where)) {
      const { offset, timestampMs, key, value, headers } = record;
      yield { partition, offset, timestampMs, key, value, headers };
    }
  }
}
