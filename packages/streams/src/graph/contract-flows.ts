/**
 * Which contracts a transform makes of which, for lineage: read off the graph, nothing is run. What functions do with fields
 * inside a transform is not seen here.
 */
import { type Graph, inputsOf, type Node } from './graph.ts';

export interface ContractFlow {
  /** Id of the contract that is read. */
  readonly from: string;
  /** Id of the contract that is written. */
  readonly to: string;
  /** Fields of one name hold the same values: on one way at least nothing but filters, branches and the like stands between. */
  readonly isSame: boolean;
  /** The fields that are read; absent when they all are. */
  readonly fields?: readonly string[];
}

/** A value that leaves by `late` stands inside another one; one that leaves by `rejected` has a reason beside its fields. */
const keepsFields = (node: Node, port: number): boolean => {
  if (node.kind === 'repartition') return true;
  if (node.kind !== 'operator' || node.spec.passesValues !== true) return false;
  return node.spec.ports?.[port] !== 'late';
};

/** Every pair of a contract read and a contract written between which there is a way, once, in the order of the graph. */
export const contractFlows = (graph: Graph): readonly ContractFlow[] => {
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  const flows = new Map<string, ContractFlow>();
  const found = (flow: ContractFlow): void => {
    const key = `${flow.from} ${flow.to}`;
    const known = flows.get(key);
    if (known === undefined || (flow.isSame && !known.isSame)) flows.set(key, flow);
  };
  const follow = (to: string, name: string, port: number, isSame: boolean): void => {
    const node = nodes.get(name)!;
    if (node.kind === 'source') {
      const { fields } = node.options;
      const keeps = isSame && node.as === 'records';
      found({ from: node.contract, to, isSame: keeps, ...(fields !== undefined && { fields }) });
      return;
    }
    const keeps = isSame && keepsFields(node, port);
    for (const input of inputsOf(node)) follow(to, input.node, input.port, keeps);
    if (node.kind === 'operator')
      for (const from of node.spec.globalTables ?? []) found({ from, to, isSame: false });
  };
  for (const node of graph.nodes)
    if (node.kind === 'sink') follow(node.contract, node.input.node, node.input.port, true);
  return [...flows.values()];
};
