import { MillraceError } from '@millrace/contracts';
import type { Flow } from '../flow.ts';
import type { Graph, RepartitionNode, SinkNode } from '../graph/graph.ts';
import type { StageHost } from '../graph/stage-host.ts';
import { cutIntoStages, type Stage, type StageOutput } from '../graph/stages.ts';
import type { TaskWatermarkState, WatermarkMarker } from '../watermarks/task-watermark.ts';
import type { DrivenStores } from './driven-stores.ts';
import { createDrivenTask, type DrivenTask } from './driven-task.ts';
import { partitionOfKey } from './partition-of-key.ts';
import type { SourceRecord } from './piped-records.ts';

/** All tasks of a graph, and what lies in the topics between them. */
export interface DrivenGraph {
  /** Hands a record to all that read it. One for which a function throws is given to `failed`. */
  read(
    reads: readonly SourceRecord[],
    partition: number,
    record: Pick<Flow, 'key' | 'timeMs'>,
  ): void;
  /** Commits every task, again and again until nothing lies between them. */
  commit(): void;
  settle(): Promise<void>;
  ended(close: boolean): void;
  /** Event time of the tasks, by stage and partition. */
  states(): readonly (readonly TaskWatermarkState[])[];
  /** Starts the tasks anew on their stores, as a restart after a commit does. */
  reopen(): void;
}

export interface DrivenGraphOptions {
  readonly partitions: number;
  readonly stores: DrivenStores;
  /** Without it partitions are waited for, however long they are silent. */
  readonly idle: boolean;
  readonly host: Omit<StageHost, 'stores' | 'output'>;
  /** Event time to begin with, by stage and partition. */
  readonly states?: readonly (readonly TaskWatermarkState[])[];
  /** A record leaves by a sink; throws when it cannot be written. */
  write(node: SinkNode, flow: Flow): void;
  /** Undoes what `write` has taken since `length`. */
  written: { length(): number; takeBack(length: number): void };
  /** A function threw for a record that was just read. May throw to stop everything. */
  failed(error: MillraceError): void;
}

interface Between {
  readonly node: RepartitionNode;
  readonly to: number;
  readonly from: number;
  readonly flow?: Flow;
  readonly marker?: WatermarkMarker;
}

export const createDrivenGraph = (graph: Graph, options: DrivenGraphOptions): DrivenGraph => {
  const { partitions, stores, host, write, written, failed } = options;
  const stages = cutIntoStages(graph).map((stage) => (options.idle ? stage : withoutIdle(stage)));
  const between: Between[] = [];
  let tasks: DrivenTask[][] = [];

  const outputOf = (partition: number) => (node: StageOutput, flow: Flow) => {
    if (node.kind === 'sink') write(node, flow);
    else between.push({ node, to: partitionOfKey(flow.key, partitions), from: partition, flow });
  };
  const open = (states?: readonly (readonly TaskWatermarkState[])[]): void => {
    tasks = stages.map((stage, index) =>
      Array.from({ length: partitions }, (_, partition) => {
        const state = states?.[index]?.[partition];
        return createDrivenTask(stage, {
          partition,
          senders: partitions,
          host: { ...host, stores: stores.of(partition), output: outputOf(partition) },
          ...(state !== undefined && { state }),
        });
      }),
    );
  };
  /** What came of a record that failed is taken back. */
  const attempt = (push: () => void): void => {
    const [before, lain] = [written.length(), between.length];
    try {
      push();
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      written.takeBack(before);
      between.length = lain;
      failed(error);
    }
  };
  const deliver = (stage: Stage, index: number): void => {
    for (const one of between.splice(0)) {
      const { node, to, from, flow, marker } = one;
      const task = tasks[index]![to]!;
      if (!stage.inputs.includes(node)) between.push(one);
      else if (marker !== undefined) task.mark(node, from, marker);
      else attempt(() => task.receive(node, flow!));
    }
  };
  const commitTask = (task: DrivenTask): void =>
    task.commit((node, marker) => {
      for (let to = 0; to < partitions; to += 1)
        between.push({ node, to, from: task.partition, marker });
    });

  const states = () => tasks.map((ofStage) => ofStage.map((task) => task.state()));
  open(options.states);
  return {
    states,
    read(reads, partition, { key, timeMs }) {
      attempt(() => {
        for (const { source, value } of reads) {
          const index = stages.findIndex((stage) => inputNamed(stage, source.name) >= 0);
          const input = inputNamed(stages[index]!, source.name);
          tasks[index]![partition]!.read(input, { key, value, timeMs });
        }
      });
    },
    commit() {
      do {
        stages.forEach((stage, index) => {
          deliver(stage, index);
          tasks[index]!.forEach(commitTask);
        });
      } while (between.length > 0);
    },
    async settle() {
      for (const task of tasks.flat()) await task.settle();
    },
    ended(close) {
      for (const task of tasks.flat()) task.ended(close);
    },
    reopen() {
      stores.reload();
      open(states());
    },
  };
};

const inputNamed = (stage: Stage, source: string): number =>
  stage.inputs.findIndex(({ name }) => name === source);

const withoutIdle = (stage: Stage): Stage => ({
  ...stage,
  inputs: stage.inputs.map((input) => {
    if (input.kind === 'repartition') return input;
    const { idle: _idle, ...options } = input.options;
    return { ...input, options };
  }),
});
