import {
  type Graph,
  type OutputRef,
  passesValues,
  type RepartitionNode,
  type SourceNode,
} from '@millrace/streams';

/**
 * The source whose records come to a repartition as they were read, so that their bytes can be written again
 * instead of encoded: undefined where operators on the way make other values, several sources meet, only
 * some fields are read, or records are rows of a table.
 */
export const framedSourceOf = (
  { nodes }: Graph,
  repartition: RepartitionNode,
): SourceNode | undefined => {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sources = new Set<SourceNode>();
  const passes = ({ node: name, port }: OutputRef): boolean => {
    const node = byName.get(name)!;
    if (node.kind === 'source') {
      sources.add(node);
      return node.as === 'records' && node.options.fields === undefined;
    }
    if (node.kind !== 'operator' || !passesValues(node, port)) return false;
    return node.inputs.every(passes);
  };
  if (repartition.codec !== undefined) return undefined;
  if (!passes(repartition.input)) return undefined;
  return sources.size === 1 ? [...sources][0] : undefined;
};
