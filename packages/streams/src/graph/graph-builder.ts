import { MillraceError } from '@millrace/contracts';
import type { NameOperator } from '../operator.ts';
import type {
  Graph,
  Node,
  OutputRef,
  RepartitionNode,
  SinkNode,
  SourceNode,
  SourceOptions,
} from './graph.ts';

/** Collects the nodes of one transform and names them: `map-1`, `map-2`, `window-1`. */
export interface GraphBuilder {
  source(contract: string, as: SourceNode['as'], options: SourceOptions): OutputRef;
  globalTable(contract: string): string;
  /** `name` given by the user goes before the counted one; a name twice throws `transform.invalid`. */
  operator(
    kind: string,
    make: NameOperator,
    inputs: readonly OutputRef[],
    name?: string,
  ): OutputRef;
  repartition(
    input: OutputRef,
    codecs?: Pick<RepartitionNode, 'codec' | 'codecOf'>,
    name?: string,
  ): OutputRef;
  sink(input: OutputRef, contract: string, options?: Pick<SinkNode, 'topic'>): void;
  build(): Graph;
}

const namePattern = /^[a-z][a-z0-9_-]*$/;

export const createGraphBuilder = (): GraphBuilder => {
  const nodes = new Map<string, Node>();
  const counts = new Map<string, number>();

  const countedName = (kind: string): string => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${kind}-${count}`;
  };

  const add = <N extends Node>(node: N): OutputRef => {
    if (!namePattern.test(node.name)) {
      throw new MillraceError(
        'transform.invalid',
        `the name '${node.name}' is not of small letters, digits, - and _`,
      );
    }
    if (nodes.has(node.name)) {
      throw new MillraceError('transform.invalid', `two operators are named '${node.name}'`);
    }
    nodes.set(node.name, node);
    return { node: node.name, port: 0 };
  };

  return {
    source: (contract, as, options) =>
      add({ kind: 'source', name: countedName('source'), contract, as, options }),
    globalTable(contract) {
      const known = [...nodes.values()].find(
        (node) => node.kind === 'global-table' && node.contract === contract,
      );
      if (known !== undefined) return known.name;
      return add({ kind: 'global-table', name: countedName('global'), contract }).node;
    },
    operator(kind, make, inputs, given) {
      const name = given ?? countedName(kind);
      return add({ kind: 'operator', name, spec: make(name), inputs });
    },
    repartition: (input, codecs = {}, given) =>
      add({
        kind: 'repartition',
        name: given ?? countedName('repartition'),
        input,
        ...codecs,
      }),
    sink(input, contract, options = {}) {
      add({ kind: 'sink', name: countedName('sink'), input, contract, ...options });
    },
    build: () => ({ nodes: [...nodes.values()] }),
  };
};
