import {
  type Contract,
  changelogTopic,
  deadTopic,
  repartitionTopic,
  transformGroup,
} from '@millrace/contracts';
import type { Transform } from '../transform.ts';
import { inputsOf, type Node } from './graph.ts';
import { cutIntoStages, type Stage } from './stages.ts';

/** A transform as it is drawn: what it reads, keeps and writes, stage by stage. */
export interface GraphView {
  readonly transform: string;
  readonly group: string;
  readonly guarantee: 'exactly_once' | 'at_least_once';
  readonly deadLetters: string;
  readonly globalTables: readonly NodeView[];
  readonly stages: readonly StageView[];
}

export interface StageView {
  readonly index: number;
  readonly nodes: readonly NodeView[];
}

export interface NodeView {
  readonly name: string;
  readonly kind: Node['kind'];
  /** What an operator does, in its own words. */
  readonly shape?: string;
  readonly contract?: string;
  readonly topic?: string;
  /** Of a source, what its records are read as; events and changes when absent. */
  readonly as?: 'table';
  /** Names of nodes, and behind a colon the output where it is not the main one. */
  readonly from: readonly string[];
  readonly stores: readonly StoreView[];
}

export interface StoreView {
  readonly name: string;
  readonly kind: 'keyed' | 'timed';
  readonly changelog: string;
}

/** Throws `transform.invalid` for a graph that cannot be cut into stages. */
export const graphView = (transform: Transform, contracts: readonly Contract[]): GraphView => {
  const { name, options, graph } = transform;
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const topicOf = (contract: string) => contracts.find(({ id }) => id === contract)?.topic.name;

  const fromOf = (node: Node): string[] =>
    inputsOf(node).map(({ node: before, port }) => {
      const writer = byName.get(before);
      const ports = writer?.kind === 'operator' ? writer.spec.ports : undefined;
      return port === 0 && (ports?.[0] ?? 'main') === 'main'
        ? before
        : `${before}:${ports?.[port] ?? port}`;
    });
  const tablesOf = (ids: readonly string[]): string[] =>
    graph.nodes.flatMap((node) =>
      node.kind === 'global-table' && ids.includes(node.contract) ? [node.name] : [],
    );
  const viewOf = (node: Node): NodeView => {
    const plain = { name: node.name, kind: node.kind, from: fromOf(node), stores: [] };
    switch (node.kind) {
      case 'operator':
        return {
          ...plain,
          from: [...plain.from, ...tablesOf(node.spec.globalTables ?? [])],
          ...(node.spec.shape !== undefined && { shape: node.spec.shape }),
          stores: (node.spec.stores ?? []).map((store) => ({
            name: store.name,
            kind: store.kind,
            changelog: changelogTopic(name, store.name),
          })),
        };
      case 'repartition':
        return { ...plain, topic: repartitionTopic(name, node.name) };
      default:
        return {
          ...{ ...plain, contract: node.contract, ...topicOfNode(node, topicOf(node.contract)) },
          ...(node.kind === 'source' && node.as === 'table' && { as: 'table' as const }),
        };
    }
  };
  const stageView = ({ index, inputs, operators, outputs }: Stage): StageView => ({
    index,
    nodes: [
      ...inputs.map((node) => ({ ...viewOf(node), from: [] })),
      ...operators.map(viewOf),
      ...outputs.map(viewOf),
    ],
  });

  return {
    transform: name,
    group: transformGroup(name),
    guarantee: options.guarantee ?? 'exactly_once',
    deadLetters: deadTopic('stream-transform'),
    globalTables: graph.nodes.filter(({ kind }) => kind === 'global-table').map(viewOf),
    stages: cutIntoStages(graph).map(stageView),
  };
};

const topicOfNode = (
  node: Extract<Node, { readonly contract: string }>,
  ofContract: string | undefined,
): { readonly topic?: string } => {
  const own =
    node.kind === 'source' ? node.options.topic : node.kind === 'sink' ? node.topic : undefined;
  const topic = own ?? ofContract;
  return topic === undefined ? {} : { topic };
};
