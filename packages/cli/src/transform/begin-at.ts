import type { Contract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { SourceNode, Transform } from '@millrace/streams';

/** The topics that a transform reads and that are not its own. */
export const sourceTopics = (
  transform: Transform,
  contracts: readonly Contract[],
): readonly string[] => topicsOf(transform, contracts, () => true);

/** Those of them that it does not read as tables: a table is read whole, wherever a replay begins. */
export const streamTopics = (
  transform: Transform,
  contracts: readonly Contract[],
): readonly string[] => topicsOf(transform, contracts, ({ as }) => as !== 'table');

const topicsOf = (
  { graph }: Transform,
  contracts: readonly Contract[],
  isWanted: (source: SourceNode) => boolean,
): readonly string[] => [
  ...new Set(
    graph.nodes.flatMap((node) => {
      if (node.kind !== 'source' || !isWanted(node)) return [];
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
