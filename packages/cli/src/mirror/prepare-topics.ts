/** Makes the topics of a copy as they are in the source: partitions, settings, and no record that the mirror did not write. */
import { MillraceError } from '@millrace/contracts';
import {
  type Admin,
  type KafkaConnection,
  readPartitionRows,
  type TopicState,
} from '@millrace/kafka';
import { type CopiedPartition, placeKey } from './mirror-log.ts';

/** A partition to copy, and from where. */
export interface CopyTask {
  readonly topic: string;
  readonly partition: number;
  readonly sourceId: string;
  readonly copyId: string;
  readonly fromOffset: number;
  /** Nothing of it is copied yet. */
  readonly isNew: boolean;
}

export interface PrepareOptions {
  readonly from: Admin;
  readonly to: Admin;
  readonly copyConnection: KafkaConnection;
  readonly topics: readonly string[];
  readonly copied: ReadonlyMap<string, CopiedPartition>;
  /** Of topics that are made; the source's own when left out. */
  readonly replicationFactor?: number;
}

/**
 * Creates and extends the copies; an existing one keeps its settings. Rejects with `mirror.refused` for a copy that holds
 * records of somebody else, or has more partitions than its source, and when either was deleted and made again.
 */
export async function prepareTopics(options: PrepareOptions): Promise<readonly CopyTask[]> {
  const { from, to, topics, copied } = options;
  const sources = await from.describeTopics(topics);
  await to.createTopics(
    sources.map(({ name, partitions, replicationFactor, config }) => ({
      ...{ name, partitions, config },
      replicationFactor: options.replicationFactor ?? replicationFactor,
    })),
  );
  const copies = new Map((await to.describeTopics(topics)).map((one) => [one.name, one]));
  const tasks: CopyTask[] = [];
  for (const source of sources) {
    await matchPartitions(source, copies.get(source.name)!, to);
    tasks.push(...(await tasksOf(source, options, copied)));
  }
  return tasks;
}

async function matchPartitions(source: TopicState, copy: TopicState, to: Admin): Promise<void> {
  if (copy.partitions > source.partitions) {
    throw new MillraceError(
      'mirror.refused',
      `${source.name} has ${source.partitions} partitions in the source and ${copy.partitions} in the copy`,
    );
  }
  if (copy.partitions < source.partitions) await to.addPartitions(source.name, source.partitions);
}

async function tasksOf(
  { name, partitions }: TopicState,
  { from, to, copyConnection }: PrepareOptions,
  copied: ReadonlyMap<string, CopiedPartition>,
): Promise<readonly CopyTask[]> {
  const [sourceId, copyId, ends] = await Promise.all([
    from.topicId(name),
    to.topicId(name),
    to.partitionOffsets(name),
  ]);
  // Not by the clusters' ids: two that were set up from one example have the same.
  if (sourceId === copyId) {
    throw new MillraceError('mirror.refused', 'source and copy are one cluster');
  }
  const tasks: CopyTask[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const before = copied.get(placeKey(name, partition));
    const at = { topic: name, partition, sourceId, copyId };
    if (before === undefined) {
      const end = ends.find((one) => one.partition === partition)?.high ?? 0;
      if (end > 0) await expectUnwritten(copyConnection, name, partition);
      tasks.push({ ...at, fromOffset: 0, isNew: true });
      continue;
    }
    if (before.sourceId !== sourceId || before.copyId !== copyId) {
      const which = before.sourceId === sourceId ? 'copy' : 'source';
      throw new MillraceError(
        'mirror.refused',
        `${name} of the ${which} was deleted and made again since this mirror began`,
      );
    }
    tasks.push({ ...at, fromOffset: before.next, isNew: false });
  }
  return tasks;
}

/** What a mirror gave up in the middle of its first transaction is in the log, and is no record. */
async function expectUnwritten(
  connection: KafkaConnection,
  topic: string,
  partition: number,
): Promise<void> {
  const where = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
  for await (const _rows of readPartitionRows(connection, where)) {
    throw new MillraceError(
      'mirror.refused',
      `${topic}/${partition} of the copy holds records that this mirror did not write`,
    );
  }
}
