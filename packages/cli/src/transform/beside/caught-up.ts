/** Whether a transform has read what its sources held at a moment, through all of its stages. */
import { type Contract, repartitionTopic, transformGroup } from '@millrace/contracts';
import type { Admin, PartitionOffsets } from '@millrace/kafka';
import type { Transform } from '@millrace/streams';
import { sourceTopics } from '../begin-at.ts';

export type Ends = ReadonlyMap<string, readonly PartitionOffsets[]>;

/** The ends of the sources now. */
export const endsOfSources = async (
  admin: Pick<Admin, 'partitionOffsets'>,
  transform: Transform,
  contracts: readonly Contract[],
): Promise<Ends> => {
  const topics = sourceTopics(transform, contracts);
  return new Map(
    await Promise.all(
      topics.map(async (topic) => [topic, await admin.partitionOffsets(topic)] as const),
    ),
  );
};

/** Records that the group has still to read up to these ends. */
export const behind = async (
  admin: Pick<Admin, 'committedOffsets'>,
  group: string,
  ends: Ends,
): Promise<number> => {
  const committed = await admin.committedOffsets(group, [...ends.keys()]);
  let records = 0;
  for (const [topic, partitions] of ends) {
    for (const { partition, low, stable } of partitions) {
      const at = committed.find((one) => one.topic === topic && one.partition === partition);
      records += Math.max(0, stable - Math.max(low, at?.offset ?? 0));
    }
  }
  return records;
};

/**
 * Calls `wait` with the records that are left until there are none: of the sources, then of each topic between two
 * stages up to where it ends when what comes before it has been read.
 */
export const catchUp = async (
  admin: Pick<Admin, 'committedOffsets' | 'partitionOffsets'>,
  { name, graph }: Transform,
  ends: Ends,
  wait: (left: number) => Promise<void>,
): Promise<void> => {
  const group = transformGroup(name);
  const reached = async (wanted: Ends) => {
    for (let left = await behind(admin, group, wanted); left > 0; ) {
      await wait(left);
      left = await behind(admin, group, wanted);
    }
  };
  await reached(ends);
  // In topological order: what a stage makes is there once it has committed what it read.
  for (const node of graph.nodes) {
    if (node.kind !== 'repartition') continue;
    const topic = repartitionTopic(name, node.name);
    await reached(new Map([[topic, await admin.partitionOffsets(topic)]]));
  }
};
