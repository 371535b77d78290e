import type { RecordPack } from '@millrace/kafka';
import type { Flow, RepartitionNode, StageOutput, WatermarkMarker } from '@millrace/streams';
import type { OutputPlan } from '../plan/transform-plan.ts';
import { markerValue } from '../records/repartition-records.ts';
import type { RepartitionWriter } from '../records/repartition-writer.ts';
import type { SinkWriter } from '../records/sink-writer.ts';
import type { Outbox } from './outbox.ts';

/** Where the records of a stage go: encoded, placed in a partition, and put into the outbox. */
export interface StageOutputs {
  write(node: StageOutput, flow: Flow): void;
  /** The record that is being read: it may pass on as the bytes that it is. */
  reading(source: string, pack: RecordPack, index: number, value: unknown): void;
  /** Tells every partition behind a repartition how far event time has come, where that has changed. */
  mark(markerOf: (output: RepartitionNode) => WatermarkMarker): void;
}

export type OutputWriter =
  | { readonly plan: OutputPlan & { kind: 'sink' }; readonly writer: SinkWriter }
  | { readonly plan: OutputPlan & { kind: 'repartition' }; readonly writer: RepartitionWriter };

export const createStageOutputs = (
  writers: readonly OutputWriter[],
  outbox: Outbox,
  partition: number,
  skipped: (operator: string, reason: string) => void,
): StageOutputs => {
  const byNode = new Map<StageOutput, OutputWriter>(writers.map((one) => [one.plan.node, one]));
  const repartitions = writers.filter((one) => one.plan.kind === 'repartition');
  const told = new Map<RepartitionNode, WatermarkMarker>();

  return {
    write(node, flow) {
      const { plan, writer } = byNode.get(node)!;
      const placed = writer.write(flow);
      if (placed === undefined) skipped(node.name, 'no-key');
      else outbox.add(plan.topic, placed.partition, placed.record);
    },
    reading(source, pack, index, value) {
      for (const one of repartitions)
        (one.writer as RepartitionWriter).reading(source, pack, index, value);
    },
    mark(markerOf) {
      for (const { plan } of repartitions) {
        const node = plan.node as RepartitionNode;
        const marker = markerOf(node);
        const last = told.get(node);
        if (last?.watermarkMs === marker.watermarkMs && last.status === marker.status) continue;
        told.set(node, marker);
        const record = { key: null, value: markerValue(partition, marker), timestampMs: 0 };
        for (let to = 0; to < plan.partitions; to += 1) outbox.add(plan.topic, to, record);
      }
    },
  };
};
