import {
  type Contract,
  changelogTopic,
  deadTopic,
  MillraceError,
  repartitionTopic,
  transformGroup,
} from '@millrace/contracts';
import {
  cutIntoStages,
  type RepartitionNode,
  type SinkNode,
  type SourceNode,
  type Stage,
  type StoreSpec,
  type Transform,
} from '@millrace/streams';

/** A transform against a project and a cluster: which topics each stage reads and writes, on how many partitions. */
export interface TransformPlan {
  readonly transform: Transform;
  readonly groupId: string;
  readonly stages: readonly StagePlan[];
}

export interface StagePlan {
  readonly stage: Stage;
  /** Of each of its topics, and so the number of its tasks. */
  readonly partitions: number;
  /** By the index of the stage's input. */
  readonly inputs: readonly InputPlan[];
  /** By the index of the stage's output. */
  readonly outputs: readonly OutputPlan[];
}

export type InputPlan = SourcePlan | RepartitionInputPlan;

export interface SourcePlan {
  readonly kind: 'source';
  readonly node: SourceNode;
  readonly topic: string;
  readonly contract: Contract;
}

export interface RepartitionInputPlan {
  readonly kind: 'repartition';
  readonly node: RepartitionNode;
  readonly topic: string;
  /** Tasks of the stage that writes the topic. */
  readonly senders: number;
}

export type OutputPlan = SinkPlan | RepartitionOutputPlan;

export interface SinkPlan {
  readonly kind: 'sink';
  readonly node: SinkNode;
  readonly topic: string;
  readonly contract: Contract;
  readonly partitions: number;
}

export interface RepartitionOutputPlan {
  readonly kind: 'repartition';
  readonly node: RepartitionNode;
  readonly topic: string;
  readonly partitions: number;
}

/** The stores of a stage. */
export const storesOf = ({ operators }: Stage): readonly StoreSpec[] =>
  operators.flatMap(({ spec }) => spec.stores ?? []);

/** Topics that tasks of a stage write to in their transactions. */
export const writtenBy = (
  { transform, stages }: TransformPlan,
  stage: number,
): readonly string[] => {
  const { outputs, stage: written } = stages[stage]!;
  const changelogs = storesOf(written).map(({ name }) => changelogTopic(transform.name, name));
  return [...outputs.map(({ topic }) => topic), ...changelogs, deadTopic('stream-transform')];
};

/** By topic: what a transform keeps state in, and so can restore it from. */
export const changelogTopicsOf = ({
  transform,
  stages,
}: TransformPlan): readonly { readonly topic: string; readonly partitions: number }[] =>
  stages.flatMap(({ stage, partitions }) =>
    storesOf(stage).map(({ name }) => ({
      topic: changelogTopic(transform.name, name),
      partitions,
    })),
  );

/** Topics of a transform in which its records change partition. */
export const repartitionTopicsOf = (
  plan: TransformPlan,
): readonly { readonly topic: string; readonly partitions: number }[] =>
  plan.stages.flatMap(({ outputs }) =>
    outputs.flatMap((output) =>
      output.kind === 'repartition' ? [{ topic: output.topic, partitions: output.partitions }] : [],
    ),
  );

/** The topics that exist before the transform runs: those of its sources and sinks. */
export const outerTopics = (
  { graph }: Transform,
  contracts: readonly Contract[],
): readonly string[] => [
  ...new Set(
    graph.nodes.flatMap((node) => {
      if (node.kind === 'source')
        return [node.options.topic ?? contractOf(contracts, node).topic.name];
      if (node.kind === 'sink') return [node.topic ?? contractOf(contracts, node).topic.name];
      return node.kind === 'global-table' ? [contractOf(contracts, node).topic.name] : [];
    }),
  ),
];

/** The contracts of the tables that every task has whole. */
export const globalTablesOf = (
  transforms: readonly Transform[],
  contracts: readonly Contract[],
): readonly Contract[] => [
  ...new Set(
    transforms.flatMap(({ graph }) =>
      graph.nodes.flatMap((node) =>
        node.kind === 'global-table' ? [contractOf(contracts, node)] : [],
      ),
    ),
  ),
];

export const contractOf = (
  contracts: readonly Contract[],
  node: { readonly name: string; readonly contract: string },
): Contract => {
  const found = contracts.find(({ id }) => id === node.contract);
  if (found !== undefined) return found;
  throw new MillraceError(
    'transform.invalid',
    `${node.name} names the contract '${node.contract}', which the project does not have`,
  );
};

/**
 * Lays a transform out over topics. `partitionCounts` holds the outer topics that exist. Throws
 * `transform.invalid`, `transform.topic-missing`, and `transform.partitions-differ` where a stage reads
 * topics whose partitions cannot be matched one to one.
 */
export const planTransform = (
  transform: Transform,
  contracts: readonly Contract[],
  partitionCounts: ReadonlyMap<string, number>,
): TransformPlan => {
  const { name } = transform;
  const stages = cutIntoStages(transform.graph);
  const countOf = (topic: string): number => {
    const count = partitionCounts.get(topic);
    if (count !== undefined) return count;
    throw new MillraceError('transform.topic-missing', `transform ${name}: there is no ${topic}`);
  };
  const sourceTopic = (node: SourceNode): string =>
    node.options.topic ?? contractOf(contracts, node).topic.name;
  const partitionsOf = createStagePartitions(name, stages, (node) => {
    const topic = sourceTopic(node);
    return { topic, partitions: countOf(topic) };
  });
  const outputPlan = (node: Stage['outputs'][number]): OutputPlan => {
    if (node.kind === 'repartition') {
      const topic = repartitionTopic(name, node.name);
      return { kind: 'repartition', node, topic, partitions: partitionsOf(readerOf(stages, node)) };
    }
    const contract = contractOf(contracts, node);
    const topic = node.topic ?? contract.topic.name;
    return { kind: 'sink', node, topic, contract, partitions: countOf(topic) };
  };
  const inputPlan = (node: Stage['inputs'][number]): InputPlan => {
    if (node.kind === 'source')
      return {
        kind: 'source',
        node,
        topic: sourceTopic(node),
        contract: contractOf(contracts, node),
      };
    const topic = repartitionTopic(name, node.name);
    return { kind: 'repartition', node, topic, senders: partitionsOf(writerOf(stages, node)) };
  };
  return {
    transform,
    groupId: transformGroup(name),
    stages: stages.map((stage) => ({
      stage,
      partitions: partitionsOf(stage),
      inputs: stage.inputs.map(inputPlan),
      outputs: stage.outputs.map(outputPlan),
    })),
  };
};

const readerOf = (stages: readonly Stage[], node: RepartitionNode): Stage =>
  stages.find(({ inputs }) => inputs.includes(node))!;

const writerOf = (stages: readonly Stage[], node: RepartitionNode): Stage =>
  stages.find(({ outputs }) => outputs.includes(node))!;

/**
 * How many partitions a stage has: as many as its sources' topics, and without a source as the largest of
 * the stages before it.
 */
const createStagePartitions = (
  transform: string,
  stages: readonly Stage[],
  sourceOf: (node: SourceNode) => { readonly topic: string; readonly partitions: number },
): ((stage: Stage) => number) => {
  const known = new Map<Stage, number>();
  const count = (stage: Stage): number => {
    const sources = stage.inputs.flatMap((node) =>
      node.kind === 'source' ? [sourceOf(node)] : [],
    );
    const [first, ...others] = sources;
    if (first === undefined) {
      const before = stage.inputs.map((node) => writerOf(stages, node as RepartitionNode));
      return Math.max(...before.map(partitionsOf));
    }
    const other = others.find(({ partitions }) => partitions !== first.partitions);
    if (other === undefined) return first.partitions;
    throw new MillraceError(
      'transform.partitions-differ',
      `transform ${transform} joins ${first.topic} (${first.partitions} partitions) with ${other.topic} (${other.partitions})`,
    );
  };
  const partitionsOf = (stage: Stage): number => {
    const partitions = known.get(stage) ?? count(stage);
    known.set(stage, partitions);
    return partitions;
  };
  return partitionsOf;
};
