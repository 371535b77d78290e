/**
 * What a mirror has copied, kept on the copy's cluster: `_millrace.mirror.<name>`, one record for each partition that a
 * transaction copied something of, written in that transaction. So the log is exact after any crash, and it says of every
 * offset of the last day which offset it is in the copy. Compacted after that: the newest record of a partition stays.
 * What the source's groups had committed is noted beside it now and then, for the day on which the source is gone.
 */
import { internalTopic, MillraceError } from '@millrace/contracts';
import {
  type Admin,
  type KafkaConnection,
  type PartitionBatch,
  readPartition,
  type TopicPartition,
} from '@millrace/kafka';
import { joinRuns, type OffsetRun } from './offset-runs.ts';
import type { GroupOffset } from './translate-position.ts';

/** How far one partition is copied. */
export interface CopiedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Ids of the topic in the source and in the copy: one that was made again is another log. */
  readonly sourceId: string;
  readonly copyId: string;
  /** The source offset to read next. */
  readonly next: number;
  /** When it was copied, ms since 1970. */
  readonly atMs: number;
  readonly runs: readonly OffsetRun[];
  /** The first that was copied of the partition is among the runs: they begin where the copy does. */
  readonly isFirst: boolean;
}

const VERSION = 1;
const KEPT_WHOLE_MS = 24 * 3_600_000;

export const mirrorTopic = (name: string): string => internalTopic(`mirror.${name}`);

/** The key of a partition in maps. */
export const placeKey = (topic: string, partition: number): string => `${topic}|${partition}`;

/** Makes the log where it is missing. */
export async function makeMirrorLog(to: Admin, name: string, replicationFactor: number) {
  const config = {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': String(KEPT_WHOLE_MS),
  };
  await to.createTopics([{ name: mirrorTopic(name), partitions: 1, replicationFactor, config }]);
}

/** The record for the transaction that copies it. */
export const logRecord = (name: string, copied: readonly CopiedPartition[]): PartitionBatch => ({
  topic: mirrorTopic(name),
  partition: 0,
  records: copied.map(({ topic, partition, ...rest }) => ({
    key: Buffer.from(placeKey(topic, partition)),
    value: Buffer.from(JSON.stringify({ v: VERSION, topic, partition, ...rest })),
  })),
});

/** What a group had committed in the source. */
export interface NotedGroup {
  readonly group: string;
  readonly atMs: number;
  readonly offsets: readonly (TopicPartition & GroupOffset)[];
}

const isGroupKey = (key: string): boolean => key.startsWith('@');

/** One record a group. */
export const groupRecords = (name: string, groups: readonly NotedGroup[]): PartitionBatch => ({
  topic: mirrorTopic(name),
  partition: 0,
  records: groups.map((group) => ({
    key: Buffer.from(`@${group.group}`),
    value: Buffer.from(JSON.stringify({ v: VERSION, ...group })),
  })),
});

export interface MirrorLog {
  /** By `placeKey`, runs of the last day joined. */
  readonly copied: ReadonlyMap<string, CopiedPartition>;
  readonly groups: readonly NotedGroup[];
}

/**
 * Final once the producer is fenced. Rejects with
 * `kafka.unknown-topic` when there is no such mirror, and with `mirror.log-unknown` for records of a later version.
 */
export async function readMirrorLog(to: KafkaConnection, name: string): Promise<MirrorLog> {
  const groups = new Map<string, NotedGroup>();
  const found = new Map<string, { last: CopiedPartition; runs: OffsetRun[] }>();
  const topic = mirrorTopic(name);
  const where = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
  for await (const { key: recordKey, value } of readPartition(to, where)) {
    if (value === null) continue;
    if (isGroupKey(String(recordKey))) {
      const noted = readRecord<NotedGroup>(value, topic);
      groups.set(noted.group, noted);
      continue;
    }
    const copied = readRecord<CopiedPartition>(value, topic);
    const key = placeKey(copied.topic, copied.partition);
    const before = found.get(key);
    const goesOn =
      before !== undefined &&
      before.last.sourceId === copied.sourceId &&
      before.last.copyId === copied.copyId;
    if (goesOn) {
      before.runs.push(...copied.runs);
      before.last = { ...copied, isFirst: before.last.isFirst };
    } else found.set(key, { last: copied, runs: [...copied.runs] });
  }
  const copied = new Map(
    [...found].map(([key, { last, runs }]) => [key, { ...last, runs: joinRuns(runs) }]),
  );
  return { copied, groups: [...groups.values()] };
}

function readRecord<T>(value: Buffer, topic: string): T {
  const document = JSON.parse(value.toString('utf8')) as T & { readonly v: number };
  if (document.v === VERSION) return document;
  throw new MillraceError('mirror.log-unknown', `${topic} was written by a later version`);
}
