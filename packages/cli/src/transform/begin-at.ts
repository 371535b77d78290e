import type { Contract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { Transform } from '@millrace/streams';

/** The topics that a transform reads and that are not its own. */
export const sourceTopics = (
  { graph }: Transform,
  contracts: readonly Contract[],
): readonly string[] => [
  ...new Set(
    graph.nodes.flatMap((node) => {
      if (node.kind !== 'source') return [];
      const contract = contracts.find(({ id }) => id === node.contract);
      return node.options.topic ?? contract?.topic.name ?? [];
    }),
  ),
];

/**
 * Has a group without members begin at a moment: at the first record of each partition that is not older by the
 * time Kafka knows of it, that of its arrival at the door for events.
 */
export const beginAt = async (
  admin: Admin,
  group: string,
  topics: readonly string[],
  fromMs: number,
): Promise<void> => {
  const found = await Promise.all(topics.map((topic) => admin.offsetsAt(topic, fromMs)));
  await admin.commitOffsets(
    group,
    found.flat().map((one) => ({ ...one, metadata: '' })),
  );
};
