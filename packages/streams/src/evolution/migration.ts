/**
 * What the migrations of a file come to against the shapes before and after. Who applies them to state, and when, is the
 * host's business.
 */
import { MillraceError } from '@millrace/contracts';
import type { Folds } from '../folds/fold.ts';
import { type Slot, slotCodecOf, slotFoldOf } from '../folds/slot-fold.ts';
import { compareShapes, type ShapeChange } from './compare-shapes.ts';
import type { Migrations, StoreMigration } from './migrations.ts';
import type { StoreShape, TransformShape } from './transform-shape.ts';

/**
 * Of an aggregate whose folds have changed: takes over what folds of the same name and shape have counted, and lets the new
 * ones begin with the next record. `before`: the folds as they were. Of windows by time and of aggregates without one.
 */
export const keepFolds = (before: Folds<never>): StoreMigration<Slot, Slot> => {
  const old = slotFoldOf(before);
  return {
    folds: old,
    decode: slotCodecOf(old)?.decode ?? 'plain',
    change({ maxMs, parts }, _entry, { name, slots }) {
      if (slots === undefined) {
        throw new MillraceError('transform.invalid', `keepFolds: ${name} keeps more than folds`);
      }
      const fresh = slots.create() as Slot;
      slots.parts.forEach((part, at) => {
        const from = old.parts.indexOf(part);
        if (from >= 0) fresh.parts[at] = parts[from];
      });
      fresh.maxMs = maxMs;
      return fresh;
    },
  };
};

/** What a host does with the values of one store that are of the shape before. */
export interface StoreToMigrate {
  readonly migration: StoreMigration<unknown, unknown>;
  /** Counts the shapes of the store; values written since carry it. */
  readonly generation: number;
}

/** Which stores are to be migrated, and what stands in the way. */
export interface MigrationPlan {
  readonly stores: ReadonlyMap<string, StoreToMigrate>;
  /** Breaking changes that no migration covers, and migrations that are for nothing. */
  readonly problems: readonly string[];
}

/** Which values a change of shapes makes others of, by the migrations that the file has. */
export const planMigration = (
  before: TransformShape,
  after: TransformShape,
  migrations: Migrations,
): MigrationPlan => {
  const stores = new Map<string, StoreToMigrate>();
  const changes = compareShapes(before, after).filter(({ breaking }) => breaking);
  const isCovered = ({ kind, name }: ShapeChange) =>
    kind === 'store-changed' &&
    Object.hasOwn(migrations, name) &&
    before.stores[name]!.kind === after.stores[name]!.kind;
  const changed = new Set(changes.filter(isCovered).map(({ name }) => name));
  const misused: string[] = [];
  for (const name of changed) {
    const migration = migrationOf(migrations[name]!);
    stores.set(name, { migration, generation: (before.stores[name]!.generation ?? 0) + 1 });
    if (migration.folds === undefined) continue;
    if (frameOf(before.stores[name]!) === frameOf(after.stores[name]!)) continue;
    misused.push(`In ${name} more has changed than folds, which is all that keepFolds migrates.`);
  }
  const idle = Object.keys(migrations).filter((name) => !changed.has(name));
  return {
    stores,
    problems: [
      ...changes.filter((change) => !isCovered(change)).map(({ message }) => message),
      ...misused,
      ...idle.map((name) => `There is nothing to migrate in ${name}: its shape is what it was.`),
    ],
  };
};

/** What an author wrote for a store, in its full form. */
export const migrationOf = (given: Migrations[string]): StoreMigration<unknown, unknown> =>
  typeof given === 'function' ? { change: given } : given;

/** The shape of an aggregate without its folds: its window, and whether partial results come to it. */
const frameOf = ({ shape }: StoreShape): string => {
  const at = shape.lastIndexOf('; ');
  return shape.slice(0, at).replace(shape.slice(at + 2), '');
};

/** The shape after, with how often each store has been migrated. */
export const withGenerations = (
  after: TransformShape,
  before: TransformShape | undefined,
  migrated: MigrationPlan['stores'] = new Map(),
): TransformShape => ({
  ...after,
  ...(before?.partialsBefore !== undefined && { partialsBefore: before.partialsBefore }),
  stores: Object.fromEntries(
    Object.entries(after.stores).map(([name, shape]) => {
      const generation = migrated.get(name)?.generation ?? before?.stores[name]?.generation;
      return [name, generation === undefined ? shape : { ...shape, generation }];
    }),
  ),
});
