/**
 * Why a letter of a transform is not sent again, by the operators that its record would pass: which of them keeps state that has gone on
 * since. Pure; the graphs are those of the project. Why there is no other way is docs/decisions/0019.
 */
import type { GraphView, NodeView } from '@millrace/streams';
import type { IndexedLetter } from '../read-letters.ts';

/** The first node with state that a record of the topic comes to. */
const keeperBehind = ({ stages }: GraphView, topic: string): NodeView | undefined => {
  const nodes = stages.flatMap((stage) => stage.nodes);
  const reached = new Set(
    nodes.filter((node) => node.topic === topic && node.kind !== 'sink').map(({ name }) => name),
  );
  // a set is walked with what is added on the way; a repartition ends one stage and begins the next by the same name
  for (const name of reached) {
    const keeper = nodes.find((node) => node.name === name && node.stores.length > 0);
    if (keeper !== undefined) return keeper;
    for (const { name: next, from } of nodes)
      if (from.some((before) => before.split(':')[0] === name)) reached.add(next);
  }
  return undefined;
};

/** One sentence for the report. */
export const transformObstacle = (
  { stage, topic }: Pick<IndexedLetter, 'stage' | 'topic'>,
  graphs: readonly GraphView[],
): string => {
  const [, name, operator] = (stage ?? '').split(' ');
  const graph = graphs.find(({ transform }) => transform === name);
  const instead = `see \`millrace transform replay${graph === undefined ? '' : ` ${name}`}\``;
  if (graph === undefined) return `a transform cannot take a single record again; ${instead}`;
  if (operator !== undefined)
    return `${operator} of ${name} made it of other records, and no topic holds it; ${instead}`;
  const keeper = keeperBehind(graph, topic);
  if (keeper !== undefined)
    return `${keeper.name} of ${name} keeps state, which has gone on since; ${instead}`;
  return `${name} keeps no state, but a running transform takes no single record; ${instead}`;
};
