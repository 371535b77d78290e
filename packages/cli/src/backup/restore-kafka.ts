/**
 * Puts topics, records and groups of a backup into a cluster. Records get new offsets; a group's offset goes to the same
 * record where the backup holds it, stays what it was where the topic is still the same log, and is left out where neither
 * is so: then the group begins at the start of the new topic, which is right for the sink and for transforms.
 */
import { join } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import {
  type Admin,
  createProducer,
  type KafkaConnection,
  type OutgoingRecord,
  type Producer,
} from '@millrace/kafka';
import { copyOffset, joinRuns, type OffsetRun, runsOf } from '../mirror/offset-runs.ts';
import { translatePosition } from '../mirror/translate-position.ts';
import type { GroupOffsets } from './group-offsets.ts';
import { recordsPath, type SavedTopic } from './kafka-part.ts';
import { type FiledRecord, readRecords } from './record-file.ts';

export interface RestoreKafkaOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly directory: string;
  readonly topics: readonly SavedTopic[];
  readonly groups: readonly GroupOffsets[];
  readonly replicationFactor?: number;
}

const BATCH_RECORDS = 1_000;

/** Creates what is missing; a topic that is there keeps its settings. */
export async function restoreTopics({
  admin,
  topics,
  replicationFactor,
}: RestoreKafkaOptions): Promise<readonly string[]> {
  return admin.createTopics(
    topics.map(({ name, partitions, config, replicationFactor: own }) => ({
      ...{ name, partitions, config },
      replicationFactor: replicationFactor ?? own,
    })),
  );
}

/** Records that are there already, by topic and then by partition: a restore that was cut off has written them. */
export type Begun = ReadonlyMap<string, readonly number[]>;

/** Runs by `topic|partition`: where each record of the backup is now. Into empty topics, and behind what was begun. */
export async function restoreRecords(
  { connection, directory, topics }: RestoreKafkaOptions,
  isOpen: (topic: string) => boolean,
  begun: Begun,
): Promise<ReadonlyMap<string, readonly OffsetRun[]>> {
  const producer = createProducer(connection, { compression: 'lz4' });
  const runs = new Map<string, readonly OffsetRun[]>();
  try {
    for (const { name, records, partitions } of topics) {
      if (records === undefined || !isOpen(name)) continue;
      for (let partition = 0; partition < partitions; partition += 1)
        runs.set(`${name}|${partition}`, []);
      const path = join(directory, recordsPath(name));
      for (const [key, own] of await restoreTopic(producer, name, path, begun.get(name) ?? []))
        runs.set(key, joinRuns(own));
    }
  } finally {
    await producer.close();
  }
  return runs;
}

/** @param held records of each partition that are there: each at the offset of its place in the backup */
async function restoreTopic(
  producer: Producer,
  topic: string,
  path: string,
  held: readonly number[],
): Promise<ReadonlyMap<string, readonly OffsetRun[]>> {
  const runs = new Map<string, OffsetRun[]>();
  const places = new Map<number, number>();
  let waiting: FiledRecord[] = [];
  const flush = async () => {
    const partition = waiting[0]?.partition;
    if (partition === undefined) return;
    const place = places.get(partition) ?? 0;
    const records = waiting.map(({ record }): OutgoingRecord => record);
    const parts =
      place < (held[partition] ?? 0)
        ? [{ baseOffset: place, count: records.length }]
        : (await producer.send([{ topic, partition, records }]))[0]!.parts;
    const offsets = waiting.map(({ offset }) => offset);
    const key = `${topic}|${partition}`;
    const own = runs.get(key) ?? [];
    own.push(...runsOf(offsets, parts));
    runs.set(key, own);
    places.set(partition, place + waiting.length);
    waiting = [];
  };
  for await (const one of readRecords(path)) {
    const isOther = waiting[0] !== undefined && waiting[0].partition !== one.partition;
    const place = (places.get(one.partition) ?? 0) + waiting.length;
    if (isOther || waiting.length >= BATCH_RECORDS || place === held[one.partition]) await flush();
    waiting.push(one);
  }
  await flush();
  return runs;
}

const placeText = ({ topic, partition }: { topic: string; partition: number }): string =>
  `${topic}|${partition}`;

export interface RestoredGroups {
  readonly offsets: number;
  /** Groups' places in topics that begin anew, as `group topic`. */
  readonly left: readonly string[];
}

/** What a group has in a topic that was begun it keeps. Rejects with `kafka.refused` for a group that has members. */
export async function restoreGroups(
  { admin, topics, groups }: RestoreKafkaOptions,
  runs: ReadonlyMap<string, readonly OffsetRun[]>,
  begun: Begun,
): Promise<RestoredGroups> {
  const cluster = await admin.clusterId();
  const savedIds = new Map(topics.map(({ name, topicId }) => [name, topicId]));
  const ids = new Map<string, string>();
  for (const { name } of await admin.describeTopics([...savedIds.keys()]))
    ids.set(name, await admin.topicId(name));
  const isSameLog = (topic: string): boolean =>
    ids.has(topic) && ids.get(topic) === savedIds.get(topic);
  const left = new Set<string>();
  let count = 0;
  for (const { group, offsets } of groups) {
    const kept = [...new Set(offsets.map(({ topic }) => topic))].filter(
      (topic) => isSameLog(topic) || begun.has(topic),
    );
    // the group may have gone on in a log that was never lost, or was set by the restore that was cut off
    const there = new Set(
      (kept.length === 0 ? [] : await admin.committedOffsets(group, kept)).map(placeText),
    );
    const placed = offsets.flatMap((at) => {
      const { topic, partition } = at;
      const topicId = ids.get(topic);
      if (there.has(placeText(at))) return [];
      if (isSameLog(topic)) return [at];
      const own = runs.get(`${topic}|${partition}`);
      const found = own && topicId && placeIn(own, at, { cluster, topicId });
      if (found) return [{ topic, partition, ...found }];
      left.add(`${group} ${topic}`);
      return [];
    });
    if (placed.length > 0) await admin.commitOffsets(group, placed);
    count += placed.length;
  }
  return { offsets: count, left: [...left].toSorted() };
}

/** A claim begins anew at its first offset: what of it had landed is told by `verify`. */
function placeIn(
  runs: readonly OffsetRun[],
  at: GroupOffsets['offsets'][number],
  copyLog: { readonly cluster: string; readonly topicId: string },
): { readonly offset: number; readonly metadata: string } | undefined {
  const moved = translatePosition(at, { runs, copyLog, copiedTo: undefined, isWhole: true });
  if (moved.kind === 'moved') return { offset: moved.offset, metadata: moved.metadata };
  const offset = runs.length === 0 ? 0 : copyOffset(runs, at.offset, true);
  return offset === undefined ? undefined : { offset, metadata: '' };
}

/**
 * Topics that were there and hold fewer records than the backup although they are not its log: as a restore that was cut off
 * leaves them. As `topic (12 of 300)`.
 */
export async function unfinishedTopics(
  { admin, topics }: Pick<RestoreKafkaOptions, 'admin' | 'topics'>,
  wereThere: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { name, records = 0, topicId } of topics) {
    if (!wereThere.includes(name) || (await admin.topicId(name)) === topicId) continue;
    const offsets = await admin.partitionOffsets(name);
    const held = offsets.reduce((sum, { high }) => sum + high, 0);
    if (held < records) found.push(`${name} (${held} of ${records})`);
  }
  return found;
}

/** Throws `restore.differs` when a topic lacks partitions, or has other records than the backup. */
export async function checkKafka({ admin, topics }: RestoreKafkaOptions): Promise<void> {
  const there = new Map(
    (await admin.describeTopics(topics.map(({ name }) => name))).map((one) => [one.name, one]),
  );
  for (const { name, partitions, records } of topics) {
    const found = there.get(name)?.partitions ?? 0;
    if (found < partitions) {
      throw new MillraceError(
        'restore.differs',
        `${name} has ${found} partitions of ${partitions}`,
      );
    }
    if (records === undefined) continue;
    const offsets = await admin.partitionOffsets(name);
    const written = offsets.reduce((sum, { high }) => sum + high, 0);
    if (written !== records) {
      throw new MillraceError('restore.differs', `${name} holds ${written} records of ${records}`);
    }
  }
}
