import type { Stage } from '../graph/stages.ts';
import type { StoreSpec } from '../stores/store.ts';
import type { Transform } from '../transform.ts';

/**
 * What of a transform its state depends on: kept beside the state, as JSON, and compared when another
 * version of the file starts. The functions that a user wrote are not in it: they may change freely.
 */
export interface TransformShape {
  /** As the file says; 1 when it says nothing. */
  readonly version: number;
  readonly stores: Readonly<Record<string, StoreShape>>;
  /** Partitions of the topics that a stage reads, by the name of each of its repartitions and sources. */
  readonly partitions: Readonly<Record<string, number>>;
  /**
   * Where partial results of the folds before end that lay between two stages at a migration: by name of the repartition,
   * an offset of each partition.
   */
  readonly partialsBefore?: Readonly<Record<string, readonly number[]>>;
}

export interface StoreShape {
  readonly operator: string;
  readonly kind: StoreSpec['kind'];
  /** The operator's shape and the store's: window and fold, so to say. */
  readonly shape: string;
  /** How often its values have been migrated; 0 when absent. */
  readonly generation?: number;
}

/** `partitionsOf`: how many partitions the inputs of a stage have. */
export const shapeOf = (
  { options }: Transform,
  stages: readonly Stage[],
  partitionsOf: (stage: Stage) => number,
): TransformShape => {
  const stores: Record<string, StoreShape> = {};
  const partitions: Record<string, number> = {};
  for (const stage of stages) {
    const stateful = stage.operators.some(({ spec }) => (spec.stores ?? []).length > 0);
    for (const { name } of stateful ? stage.inputs : []) partitions[name] = partitionsOf(stage);
    for (const { name: operator, spec } of stage.operators) {
      for (const { name, kind, shape } of spec.stores ?? []) {
        stores[name] = { operator, kind, shape: [spec.shape, shape].filter(Boolean).join('; ') };
      }
    }
  }
  return { version: options.version ?? 1, stores, partitions };
};
