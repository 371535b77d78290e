import { MillraceError } from '@millrace/contracts';
import { planMigration } from '../evolution/migration.ts';
import { shapeOf } from '../evolution/transform-shape.ts';
import { cutIntoStages } from '../graph/stages.ts';
import type { Transform } from '../transform.ts';
import { createDrivenStores, type DrivenStores } from './driven-stores.ts';

/** The stores of a transform as another version of it finds them. Throws `transform.changed` where it must not use them. */
export const migrateStores = (
  stores: DrivenStores,
  [before, after]: readonly [Transform, Transform],
  partitions: number,
): DrivenStores => {
  const [was, is] = [before, after].map((one) =>
    shapeOf(one, cutIntoStages(one.graph), () => partitions),
  );
  const { onChange } = after.options;
  const plan = planMigration(was!, is!, typeof onChange === 'object' ? onChange.migrate : {});
  const isRaised = is!.version > was!.version;
  if (plan.problems.length > 0 || (plan.stores.size > 0 && !isRaised)) {
    const what = plan.problems.join(' ') || 'Raise version to have the state migrated.';
    throw new MillraceError('transform.changed', `transform ${after.name}: ${what}`);
  }
  return createDrivenStores((partition, spec) => {
    const found = stores.entries(spec.name).filter((entry) => entry.partition === partition);
    const migration = plan.stores.get(spec.name)?.migration;
    if (migration === undefined) return found;
    return found.flatMap((entry) => {
      const value = migration.change(entry.value, entry, spec);
      return value === undefined ? [] : [{ ...entry, value }];
    });
  });
};
