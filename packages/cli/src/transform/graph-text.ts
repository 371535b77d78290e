import type { GraphView, NodeView, StageView } from '@millrace/streams';
import { tableText } from '../demo/table-text.ts';

/** A transform for a terminal: a table for each stage, its topics and its state. */
export const graphText = (view: GraphView): string =>
  [
    `${view.transform} (${view.guarantee.replaceAll('_', ' ')}), group ${view.group}`,
    ...view.globalTables.map(({ name, topic }) => `${name}, whole in every task: ${topic}`),
    ...view.stages.map(stageText),
  ].join('\n\n');

const stageText = ({ index, nodes }: StageView): string =>
  `stage ${index}\n${tableText(
    nodes.map((node) => ({
      name: node.name,
      from: node.from.join(', '),
      'topic or state': placeOf(node),
    })),
  )}`;

const placeOf = ({ kind, topic, contract, stores }: NodeView): string => {
  if (kind !== 'operator') return topic ?? contract ?? '';
  return stores.map((store) => `${store.name} (${store.kind})`).join(', ');
};

/** The same as a Mermaid flowchart: stages as boxes, topics between them. */
export const graphMermaid = ({ globalTables, stages }: GraphView): string => {
  const topics = new Map<string, string>();
  for (const { name, kind, topic, contract } of [
    ...globalTables,
    ...stages.flatMap(({ nodes }) => nodes),
  ]) {
    if (kind === 'operator') continue;
    const [open, close] = kind === 'global-table' ? ['[(', ')]'] : ['([', '])'];
    topics.set(name, `  ${name}${open}${topic ?? contract}${close}`);
  }
  return [
    'flowchart LR',
    ...topics.values(),
    ...stages.flatMap(({ index, nodes }) => [
      `  subgraph stage${index}[stage ${index}]`,
      ...nodes.filter(({ kind }) => kind === 'operator').map(operatorLine),
      '  end',
    ]),
    ...stages.flatMap(({ nodes }) =>
      nodes.flatMap(({ name, from }) => from.map((before) => `  ${edge(before)} ${name}`)),
    ),
  ].join('\n');
};

/** What keeps state has a double border. */
const operatorLine = ({ name, stores }: NodeView): string =>
  stores.length > 0 ? `    ${name}[[${name}]]` : `    ${name}[${name}]`;

const edge = (from: string): string => {
  const [name, port] = from.split(':');
  return port === undefined ? `${name} -->` : `${name} -- ${port} -->`;
};
