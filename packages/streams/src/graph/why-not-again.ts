/**
 * Why one record of a topic cannot go through a transform a second time, by what it would pass: state that has gone on since, or an output
 * where the newest record of a key counts. Pure. What it is for is docs/decisions/0027.
 */
import type { Contract } from '@millrace/contracts';
import type { GraphView, NodeView } from './graph-view.ts';

/** Nodes that a record of the topic comes to, sources first; a repartition ends one stage and begins the next by the same name. */
const reachedFrom = (nodes: readonly NodeView[], topic: string): readonly NodeView[] => {
  const names = new Set(
    nodes.filter((node) => node.topic === topic && node.kind !== 'sink').map(({ name }) => name),
  );
  // a set is walked with what is added on the way
  for (const before of names)
    for (const { name, from } of nodes)
      if (from.some((one) => one.split(':')[0] === before)) names.add(name);
  return nodes.filter(({ name }) => names.has(name));
};

/** Undefined when it can; else a reason that goes on from "it cannot, because". */
export const whyNotAgain = (
  { transform, stages }: GraphView,
  contracts: readonly Contract[],
  topic: string,
): string | undefined => {
  const reached = reachedFrom(
    stages.flatMap(({ nodes }) => nodes),
    topic,
  );
  if (reached.length === 0) return `${transform} does not read ${topic}`;
  const keeper = reached.find(({ stores }) => stores.length > 0);
  if (keeper !== undefined)
    return `${keeper.name} of ${transform} keeps state, which has gone on since`;
  const table = reached.find(({ as }) => as === 'table');
  if (table !== undefined)
    return `${table.name} of ${transform} reads rows as they stand, and a newer one may have come`;
  const between = reached.find(({ kind }) => kind === 'repartition');
  if (between !== undefined) return `${between.name} of ${transform} sends it on to another stage`;
  for (const { kind, contract, topic: output } of reached) {
    const found = kind === 'sink' ? contracts.find(({ id }) => id === contract) : undefined;
    const role = found?.warehouse?.role;
    if (found?.topic.cleanupPolicy === 'compact' || (role !== undefined && role !== 'fact'))
      return `in ${output ?? contract} the newest record of a key counts, and a newer one may stand there`;
  }
  return undefined;
};
