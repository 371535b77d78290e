import type { RecordPack } from '@millrace/kafka';
import type { Flow, RepartitionNode, StageOutput, WatermarkMarker } from '@millrace/streams';
import type { OutputPlan } from '../plan/transform-plan.ts';
import type { OutputWriter } from '../records/output-writer.ts';
import { markerValue } from '../records/repartition-records.ts';
import type { Outbox } from './outbox.ts';

/** Where the records of a stage go: encoded, placed in a partition, and put into the outbox. */
export interface StageOutputs {
  write(node: StageOutput, flow: Flow): void;
  /** The record that is being read; undefined where no output wants to know. */
  readonly reading:
    | ((source: string, pack: RecordPack, index: number, value: unknown) => void)
    | undefined;
  /** Tells every partition behind a repartition how far event time has come, where that has changed. */
  mark(markerOf: (output: RepartitionNode) => WatermarkMarker): void;
}

export interface PlannedWriter {
  readonly plan: OutputPlan;
  readonly writer: OutputWriter;
}

export const createStageOutputs = (
  planned: readonly PlannedWriter[],
  outbox: Outbox,
  partition: number,
  skipped: (operator: string, reason: string) => void,
): StageOutputs => {
  const byNode = new Map<StageOutput, OutputWriter>(
    planned.map(({ plan, writer }) => [plan.node, writer]),
  );
  const repartitions = planned.flatMap(({ plan }) => (plan.kind === 'repartition' ? [plan] : []));
  const told = new Map<RepartitionNode, WatermarkMarker>();
  const readers = planned.flatMap(({ writer }) => writer.reading ?? []);

  return {
    write(node, flow) {
      if (!byNode.get(node)!.write(flow)) skipped(node.name, 'no-key');
    },
    reading:
      readers.length === 0
        ? undefined
        : (source, pack, index, value) => {
            for (const read of readers) read(source, pack, index, value);
          },
    mark(markerOf) {
      for (const { node, topic, partitions } of repartitions) {
        const marker = markerOf(node);
        const last = told.get(node);
        if (last?.watermarkMs === marker.watermarkMs && last.status === marker.status) continue;
        told.set(node, marker);
        const record = { key: null, value: markerValue(partition, marker) };
        for (let to = 0; to < partitions; to += 1) outbox.add(topic, to, record);
      }
    },
  };
};
