import { changelogTopic, repartitionTopic } from '@millrace/contracts';
import type { Transform } from '../transform.ts';
import type { TransformShape } from './transform-shape.ts';

/**
 * Topics that nobody but a transform uses, whether they exist or not: changelogs of its stores and those between its stages,
 * as the file has them and as the shape says that a version before had.
 */
export const ownTopics = (
  { name, graph }: Transform,
  before: TransformShape | undefined,
): readonly string[] => {
  const stores = graph.nodes.flatMap((node) =>
    node.kind === 'operator' ? (node.spec.stores ?? []).map((store) => store.name) : [],
  );
  const repartitions = graph.nodes.flatMap((node) =>
    node.kind === 'repartition' ? [node.name] : [],
  );
  const topics = [
    ...[...Object.keys(before?.stores ?? {}), ...stores].map((store) =>
      changelogTopic(name, store),
    ),
    // Sources are among them, and have no such topic.
    ...[...Object.keys(before?.partitions ?? {}), ...repartitions].map((operator) =>
      repartitionTopic(name, operator),
    ),
  ];
  return [...new Set(topics)];
};
