import { type Contract, nearestWord } from '@millrace/contracts';
import {
  cutIntoStages,
  type SinkNode,
  type SourceNode,
  type Stage,
  type Transform,
} from '@millrace/streams';

/**
 * What is wrong with a transform against its project's contracts, in sentences; the compiler finds most of it
 * sooner where types are checked.
 */
export const checkTransform = (
  { graph }: Transform,
  contracts: readonly Contract[],
): readonly string[] => {
  const byId = new Map(contracts.map((contract) => [contract.id, contract]));
  const problems: string[] = [];
  for (const node of graph.nodes) {
    if (node.kind === 'operator' || node.kind === 'repartition') continue;
    const contract = byId.get(node.contract);
    if (contract === undefined) {
      const near = nearestWord(node.contract, [...byId.keys()]);
      const meant = near === undefined ? '' : ` Was '${near}' meant?`;
      problems.push(`${node.name}: there is no contract '${node.contract}'.${meant}`);
    } else if (node.kind === 'source') problems.push(...sourceProblems(node, contract));
    else if (node.kind === 'sink') problems.push(...sinkProblems(node, contract));
  }
  if (problems.length > 0) return problems;
  return cutIntoStages(graph).flatMap((stage) => partitionProblems(stage, byId));
};

const sourceProblems = (node: SourceNode, { id, source, record, key }: Contract): string[] => {
  const problems: string[] = [];
  const { fields = [], timeField } = node.options;
  const isCaptured = source.kind === 'change';
  if (node.as === 'records' && isCaptured)
    problems.push(`${node.name}: '${id}' is a captured table; read it with table() or changes().`);
  if (node.as === 'changes' && !isCaptured)
    problems.push(`${node.name}: '${id}' is no captured table; read it with from() or latest().`);
  if (node.as === 'table' && key.length === 0)
    problems.push(`${node.name}: '${id}' has no key, so it is no table.`);
  const known = record.fields.map(({ name }) => name);
  for (const field of timeField === undefined ? fields : [...fields, timeField]) {
    if (!known.includes(field)) problems.push(`${node.name}: '${id}' has no field '${field}'.`);
  }
  return problems;
};

const sinkProblems = ({ name }: SinkNode, { id, source }: Contract): string[] =>
  source.kind === 'derived'
    ? []
    : [`${name}: '${id}' is not derived: its records come from elsewhere (source.kind).`];

/** Partitions of the topics as the contracts want them; a source with a topic of its own is not judged. */
const partitionProblems = (stage: Stage, byId: ReadonlyMap<string, Contract>): string[] => {
  const sources = stage.inputs.flatMap((input) =>
    input.kind === 'source' && input.options.topic === undefined
      ? [byId.get(input.contract)!.topic]
      : [],
  );
  const other = sources.find(({ partitions }) => partitions !== sources[0]!.partitions);
  if (other === undefined) return [];
  const [first] = sources;
  return [
    `${first!.name} has ${first!.partitions} partitions and ${other.name} has ${other.partitions}, ` +
      'but they are read together: make them equal, or key one of them anew.',
  ];
};
