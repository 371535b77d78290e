import { MillraceError } from '@millrace/contracts';
import {
  type Graph,
  inputsOf,
  type Node,
  type OperatorNode,
  type RepartitionNode,
  type SinkNode,
  type SourceNode,
  topicKeyOf,
} from './graph.ts';

/**
 * A part of a graph that runs as one: everything between topics. All its inputs have the same number of
 * partitions, and partition p of each belongs to one task.
 */
export interface Stage {
  readonly index: number;
  readonly inputs: readonly StageInput[];
  /** In topological order. */
  readonly operators: readonly OperatorNode[];
  readonly outputs: readonly StageOutput[];
  /**
   * Names of inputs that say nothing of event time: tables that are only looked up, and what is made of such
   * tables alone.
   */
  readonly untimed: ReadonlySet<string>;
}

export type StageInput = SourceNode | RepartitionNode;
export type StageOutput = RepartitionNode | SinkNode;

/**
 * Cuts a graph at its repartitions. What is connected within a stage, and what reads the same topic, is in
 * one stage. Throws `transform.invalid` for a graph without sources or with one that nothing reads.
 */
export const cutIntoStages = ({ nodes }: Graph): readonly Stage[] => {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    const above = parent.get(name) ?? name;
    return above === name ? name : root(above);
  };
  const join = (one: string, other: string): void => {
    const [a, b] = [root(one), root(other)];
    if (a !== b) parent.set(b, a);
  };
  const byTopic = new Map<string, string>();
  for (const node of nodes) {
    if (node.kind === 'source') {
      const topic = topicKeyOf(node);
      join(byTopic.get(topic) ?? node.name, node.name);
      byTopic.set(topic, root(node.name));
    }
    for (const input of inputsOf(node)) join(input.node, writerOf(node));
  }
  const untimed = untimedNodes(nodes);
  const stages = [
    ...Map.groupBy(
      nodes.flatMap((node) => membershipsOf(node)),
      ({ member }) => root(member),
    ).values(),
  ].map((members, index) => stageOf(index, members, untimed));
  if (stages.length === 0) throw new MillraceError('transform.invalid', 'the graph has no source');
  const idle = stages.find((stage) => stage.outputs.length === 0 && stage.operators.length === 0);
  if (idle !== undefined) {
    const [source] = idle.inputs;
    throw new MillraceError('transform.invalid', `nothing reads ${source!.name}`);
  }
  return stages;
};

/** A repartition ends one stage under this name and begins another under its own. */
const writerOf = (node: Node): string =>
  node.kind === 'repartition' ? `write ${node.name}` : node.name;

interface Membership {
  readonly member: string;
  readonly node: Node;
  readonly role: 'input' | 'operator' | 'output';
}

const membershipsOf = (node: Node): Membership[] => {
  switch (node.kind) {
    case 'source':
      return [{ member: node.name, node, role: 'input' }];
    case 'operator':
      return [{ member: node.name, node, role: 'operator' }];
    case 'sink':
      return [{ member: node.name, node, role: 'output' }];
    case 'repartition':
      return [
        { member: writerOf(node), node, role: 'output' },
        { member: node.name, node, role: 'input' },
      ];
    case 'global-table':
      return [];
  }
};

/** Nodes are in topological order. */
const untimedNodes = (nodes: readonly Node[]): ReadonlySet<string> => {
  const untimed = new Set<string>();
  for (const node of nodes) {
    const inputs = inputsOf(node);
    const isUntimed =
      node.kind === 'source'
        ? node.options.idle?.afterMs === 0
        : inputs.length > 0 && inputs.every((input) => untimed.has(input.node));
    if (isUntimed) untimed.add(node.name);
  }
  return untimed;
};

const stageOf = (
  index: number,
  members: readonly Membership[],
  untimed: ReadonlySet<string>,
): Stage => {
  const of = (role: Membership['role']) =>
    members.filter((one) => one.role === role).map(({ node }) => node);
  const inputs = of('input') as StageInput[];
  return {
    index,
    inputs,
    untimed: new Set(inputs.flatMap(({ name }) => (untimed.has(name) ? [name] : []))),
    operators: of('operator') as OperatorNode[],
    outputs: of('output') as StageOutput[],
  };
};
