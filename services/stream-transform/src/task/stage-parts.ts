import type { RegistryClient } from '@millrace/avro';
import type { Clock, Logger } from '@millrace/pipeline';
import type { RepartitionNode } from '@millrace/streams';
import type { StateShape } from '../evolution/state-shape.ts';
import { framedSourceOf } from '../plan/framed-source.ts';
import type { SourcePlan, StagePlan, TransformPlan } from '../plan/transform-plan.ts';
import { createRepartitionWriter } from '../records/repartition-writer.ts';
import type { SchemaReaders } from '../records/schema-readers.ts';
import { createSinkWriter } from '../records/sink-writer.ts';
import { createSourceReader, eventSchemas, type SourceReader } from '../records/source-reader.ts';
import type { Outbox } from './outbox.ts';
import { createRepartitionInput } from './repartition-input.ts';
import { createSourceInput } from './source-input.ts';
import { createStageOutputs, type PlannedWriter, type StageOutputs } from './stage-outputs.ts';
import type { TopicInput } from './topic-input.ts';

/** Makes what the tasks of a transform read with and write with; readers by schema are shared by all of them. */
export interface StageParts {
  inputs(plan: StagePlan, partition: number): readonly TopicInput[];
  outputs(
    plan: StagePlan,
    partition: number,
    outbox: Outbox,
    skipped: (operator: string, reason: string) => void,
  ): StageOutputs;
}

export interface StagePartsOptions {
  readonly plan: TransformPlan;
  readonly shape: Pick<StateShape, 'partials'>;
  readonly schemaIds: ReadonlyMap<string, number>;
  readonly registry: RegistryClient;
  readonly schemaWaitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const createStageParts = (options: StagePartsOptions): StageParts => {
  const { plan, schemaIds, clock } = options;
  const { graph } = plan.transform;
  const sources = new Map<string, SourcePlan>();
  for (const { inputs } of plan.stages) {
    for (const input of inputs) if (input.kind === 'source') sources.set(input.node.name, input);
  }
  const readers = new Map<string, SourceReader>(
    [...sources].map(([name, source]) => [name, createSourceReader(source, options)]),
  );
  const framed = new Map<string, SchemaReaders>();

  /** The source whose bytes may be passed on to a repartition. */
  const framedFrom = (node: RepartitionNode): SourcePlan | undefined => {
    const source = sources.get(framedSourceOf(graph, node)?.name ?? '');
    return source?.contract.source.kind === 'change' ? undefined : source;
  };

  const framedSchemas = (node: RepartitionNode): SchemaReaders | undefined => {
    const source = framedFrom(node);
    if (source === undefined) return undefined;
    const schemas = framed.get(source.node.name) ?? eventSchemas(source, options);
    framed.set(source.node.name, schemas);
    return schemas;
  };

  return {
    inputs({ inputs }, partition) {
      const indexed = inputs.map((input, index) => ({ input, index }));
      return [...Map.groupBy(indexed, ({ input }) => input.topic)].map(([topic, reads]) => {
        const [{ input, index }] = reads as [(typeof reads)[number]];
        if (input.kind === 'repartition') {
          const old = options.shape.partials.get(input.node.name);
          const partials = old && { before: old.ends[partition] ?? 0, read: old.read };
          return createRepartitionInput(input, index, framedSchemas(input.node), partials);
        }
        return createSourceInput(
          topic,
          reads.map((read) => {
            const node = read.input.node.name;
            return { index: read.index, node, reader: readers.get(node)! };
          }),
        );
      });
    },
    outputs({ outputs }, partition, outbox, skipped) {
      const nowMs = clock.nowMs;
      const writers = outputs.map((output): PlannedWriter => {
        if (output.kind === 'repartition') {
          const source = framedFrom(output.node)?.node.name;
          return { plan: output, writer: createRepartitionWriter(output, outbox, source) };
        }
        const schemaId = schemaIds.get(output.topic)!;
        const writer = createSinkWriter(output, { schemaId, outbox, partition, nowMs });
        return { plan: output, writer };
      });
      return createStageOutputs(writers, outbox, partition, skipped);
    },
  };
};
