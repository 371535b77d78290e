/**
 * Topics into which a restore that was cut off has written: their records are a beginning of the backup's, each at the offset at
 * which a restore puts it. Whatever else is in a topic is somebody else's.
 */
import { join } from 'node:path';
import {
  type Admin,
  type ConsumedRecord,
  type KafkaConnection,
  type OutgoingRecord,
  type PartitionOffsets,
  readPartition,
} from '@millrace/kafka';
import { recordsPath, type SavedTopic } from './kafka-part.ts';
import { readRecords } from './record-file.ts';

export interface FullTopics {
  /** Those that hold records which are no beginning of the backup's. */
  readonly others: readonly string[];
  /** By topic, how many records of each partition are there; all of them where only what comes after was cut off. */
  readonly begun: ReadonlyMap<string, readonly number[]>;
}

export interface FindFullOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  /** Of the backup. */
  readonly directory: string;
  readonly topics: readonly SavedTopic[];
}

/** Topics of the backup that exist and hold records, which are not put beside them. Reads what may be a beginning of it. */
export async function findFullTopics(options: FindFullOptions): Promise<FullTopics> {
  const { admin, topics } = options;
  const there = new Set((await admin.describeTopics(topics.map(({ name }) => name))).map(nameOf));
  const others: string[] = [];
  const begun = new Map<string, readonly number[]>();
  for (const topic of topics.filter(({ name }) => there.has(name))) {
    const offsets = await admin.partitionOffsets(topic.name);
    if (offsets.every(({ high }) => high === 0)) continue;
    const held = await heldOf(options, topic, offsets);
    if (held === undefined) others.push(topic.name);
    else begun.set(topic.name, held);
  }
  return { others, begun };
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** Undefined where the topic is not what a restore leaves; the log of the backup itself never is. */
async function heldOf(
  { connection, admin, directory }: FindFullOptions,
  { name, topicId, records, partitions }: SavedTopic,
  offsets: readonly PartitionOffsets[],
): Promise<readonly number[] | undefined> {
  if (records === undefined || (await admin.topicId(name)) === topicId) return undefined;
  const saved = new Array<number>(Math.max(partitions, offsets.length)).fill(0);
  let open: AsyncGenerator<ConsumedRecord, void, void> | undefined;
  let opened: number | undefined;
  try {
    for await (const { partition, record } of readRecords(join(directory, recordsPath(name)))) {
      const index = saved[partition]!;
      saved[partition] = index + 1;
      const { low = 0, high = 0 } = offsets.find((one) => one.partition === partition) ?? {};
      if (index < low || index >= high) continue;
      if (partition !== opened) {
        await open?.return();
        const range = { topic: name, partition, fromOffset: low, toOffset: high } as const;
        open = readPartition(connection, { ...range, isolation: 'read_uncommitted' });
        opened = partition;
      }
      const { value: found } = await open!.next();
      if (found?.offset !== index || !isSame(found, record)) return undefined;
    }
  } finally {
    await open?.return();
  }
  // What retention has taken cannot be compared: then it is all of it, or nobody knows what.
  const isBeginning = offsets.every(({ partition, low, high }) =>
    low < high ? high <= saved[partition]! : high === 0 || high === saved[partition],
  );
  return isBeginning ? offsets.map(({ high }) => high) : undefined;
}

/** All but the time, in place of which a topic may put its own. */
function isSame(found: ConsumedRecord, record: OutgoingRecord): boolean {
  const headers = record.headers ?? {};
  const names = Object.keys(headers);
  return (
    isSameBytes(found.key, record.key) &&
    isSameBytes(found.value, record.value) &&
    names.length === Object.keys(found.headers).length &&
    names.every((name) => isSameBytes(found.headers[name], headers[name]))
  );
}

type Bytes = Buffer | string | null | undefined;

const isSameBytes = (one: Bytes, other: Bytes): boolean =>
  one == null || other == null ? one === other : Buffer.from(one).equals(Buffer.from(other));
