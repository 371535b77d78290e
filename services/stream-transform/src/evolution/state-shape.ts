/**
 * Of which shape the state of a transform is, and what of it is to be migrated. Read by every member before it opens
 * anything. The shape after a migration is written down with the first commit under it: until then another start, with the file
 * as it was before, finds everything as it was.
 */
import { transformsTopic } from '@millrace/contracts';
import type { Admin, PartitionBatch } from '@millrace/kafka';
import {
  migrationOf,
  type OperatorNode,
  planMigration,
  type RepartitionNode,
  type StoreToMigrate,
  shapeOf,
  shapeText,
  type TransformShape,
  withGenerations,
} from '@millrace/streams';
import type { TransformPlan } from '../plan/transform-plan.ts';
import { type ReadOldPartial, readOldPartials } from '../records/old-partials.ts';
import type { ShapeLog } from './shape-log.ts';

export interface StateShape {
  /** By store, where it has been migrated. */
  readonly generations: ReadonlyMap<string, number>;
  /** Stores of which values of the generation before may be found. */
  readonly migrations: ReadonlyMap<string, StoreToMigrate>;
  /** By repartition: partial results below these offsets, by partition, are of the folds before. */
  readonly partials: ReadonlyMap<string, OldPartials>;
  /** Written in the transaction of the first commit of each task; absent when nothing is to be accepted. */
  readonly acceptance?: PartitionBatch;
}

export interface OldPartials {
  readonly ends: readonly number[];
  readonly read: ReadOldPartial;
}

export const shapeOfPlan = ({ transform, stages }: TransformPlan): TransformShape => {
  const partitions = new Map(stages.map(({ stage, partitions: count }) => [stage, count]));
  return shapeOf(transform, [...partitions.keys()], (stage) => partitions.get(stage)!);
};

/** Errors: those of Kafka, and `transform.changed` for what a later release has written. */
export const stateShapeOf = async (
  plan: TransformPlan,
  shapes: Pick<ShapeLog, 'read'>,
  admin: Pick<Admin, 'partitionOffsets'>,
): Promise<StateShape> => {
  const { name, options } = plan.transform;
  const before = await shapes.read(name);
  const migrate = typeof options.onChange === 'object' ? options.onChange.migrate : {};
  if (before === undefined) return shapeFrom(plan, undefined, new Map());
  const after = shapeOfPlan(plan);
  if (after.version <= before.version || typeof options.onChange !== 'object') {
    const migrations = new Map<string, StoreToMigrate>();
    for (const [store, given] of Object.entries(migrate)) {
      const generation = before.stores[store]?.generation;
      if (generation !== undefined)
        migrations.set(store, { generation, migration: migrationOf(given) });
    }
    return shapeFrom(plan, before, migrations);
  }
  const { stores } = planMigration(before, after, migrate);
  const partialsBefore: Record<string, readonly number[]> = { ...before.partialsBefore };
  for (const { node, topic } of repartitionsInto(plan, stores)) {
    const ends = await admin.partitionOffsets(topic);
    partialsBefore[node.name] = ends.map(({ stable }) => stable);
  }
  const shape = { ...withGenerations(after, before, stores), partialsBefore };
  const record = { key: Buffer.from(name), value: Buffer.from(shapeText(shape)) };
  return {
    ...shapeFrom(plan, shape, stores),
    acceptance: { topic: transformsTopic, partition: 0, records: [record] },
  };
};

const shapeFrom = (
  plan: TransformPlan,
  shape: TransformShape | undefined,
  migrations: StateShape['migrations'],
): StateShape => {
  const generations = new Map<string, number>();
  for (const [store, { generation }] of Object.entries(shape?.stores ?? {}))
    if (generation !== undefined) generations.set(store, generation);
  const partials = new Map<string, OldPartials>();
  for (const { node, reader } of repartitionsInto(plan, migrations)) {
    const ends = shape?.partialsBefore?.[node.name];
    const store = reader.spec.stores!.find(({ name }) => migrations.has(name))!;
    const { migration } = migrations.get(store.name)!;
    if (ends !== undefined)
      partials.set(node.name, { ends, read: readOldPartials(node, store, migration) });
  }
  return { generations, migrations, partials };
};

/** The repartitions by which partial results come to operators whose folds are migrated. */
const repartitionsInto = (
  { stages }: TransformPlan,
  migrations: StateShape['migrations'],
): readonly {
  readonly node: RepartitionNode;
  readonly topic: string;
  readonly reader: OperatorNode;
}[] =>
  stages.flatMap(({ stage, inputs }) =>
    inputs.flatMap((input) => {
      if (input.kind !== 'repartition' || input.node.codecOf === undefined) return [];
      const reader = stage.operators.find(
        ({ inputs: from, spec }) =>
          from.some(({ node }) => node === input.node.name) &&
          (spec.stores ?? []).some(({ name }) => migrations.get(name)?.migration.folds),
      );
      return reader === undefined ? [] : [{ node: input.node, topic: input.topic, reader }];
    }),
  );
