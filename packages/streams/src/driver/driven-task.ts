import type { Flow } from '../flow.ts';
import { closeAheadOf } from '../graph/close-ahead.ts';
import type { RepartitionNode } from '../graph/graph.ts';
import { type RunningStage, startStage } from '../graph/running-stage.ts';
import type { StageHost } from '../graph/stage-host.ts';
import type { Stage, StageInput } from '../graph/stages.ts';
import {
  createTaskWatermark,
  type TaskWatermarkState,
  type WatermarkInput,
  type WatermarkMarker,
} from '../watermarks/task-watermark.ts';

/** One stage on one partition, as a task on Kafka is, but for the topics. */
export interface DrivenTask {
  readonly partition: number;
  /** Takes a record of a source. Throws what functions threw for it. */
  read(input: number, flow: Omit<Flow, 'watermarkMs'>): void;
  /** Takes a record that came through a repartition. Throws what functions threw for it. */
  receive(node: RepartitionNode, flow: Flow): void;
  mark(node: RepartitionNode, sender: number, marker: WatermarkMarker): void;
  ended(close: boolean): void;
  /** What a commit does, in its order; `settle` has been awaited. */
  commit(tell: (node: RepartitionNode, marker: WatermarkMarker) => void): void;
  settle(): Promise<void> | undefined;
  state(): TaskWatermarkState;
}

export interface DrivenTaskOptions {
  readonly partition: number;
  /** How many tasks write to a repartition. */
  readonly senders: number;
  readonly host: StageHost;
  readonly state?: TaskWatermarkState;
}

const watermarkInputOf = (
  input: StageInput,
  { untimed: all }: Stage,
  senders: number,
): WatermarkInput => {
  const untimed = all.has(input.name);
  if (input.kind === 'repartition') return { kind: 'repartition', senders, untimed };
  const { disorderMs, idle } = input.options;
  return { kind: 'source', disorderMs, ...(idle !== undefined && { idle }), untimed };
};

export const createDrivenTask = (
  stage: Stage,
  { partition, senders, host, state }: DrivenTaskOptions,
): DrivenTask => {
  const running: RunningStage = startStage(stage, host);
  const time = createTaskWatermark(
    stage.inputs.map((input) => watermarkInputOf(input, stage, senders)),
    {
      nowMs: host.nowMs(),
      closeAheadMs: closeAheadOf(stage),
      ...(state !== undefined && { state }),
    },
  );
  const told = new Map<RepartitionNode, WatermarkMarker>();

  return {
    partition,
    read(input, flow) {
      const watermarkMs = time.read(input, flow.timeMs, host.nowMs());
      running.push(input, { ...flow, watermarkMs });
    },
    receive(node, flow) {
      const watermarkMs = time.received(flow.watermarkMs);
      running.push(stage.inputs.indexOf(node), { ...flow, watermarkMs });
    },
    mark: (node, sender, marker) => time.mark(stage.inputs.indexOf(node), sender, marker),
    ended(close) {
      stage.inputs.forEach(({ kind }, input) => {
        if (kind === 'source') time.ended(input, close);
      });
    },
    commit(tell) {
      running.advance(time.advance(host.nowMs()));
      running.tick(host.nowMs());
      running.flush();
      for (const node of stage.outputs) {
        if (node.kind !== 'repartition') continue;
        const marker = time.marker(time.watermarkMs() - running.watermarkOf(node));
        const last = told.get(node);
        if (last?.watermarkMs === marker.watermarkMs && last.status === marker.status) continue;
        told.set(node, marker);
        tell(node, marker);
      }
    },
    settle: () => running.settle(),
    state: time.state,
  };
};
