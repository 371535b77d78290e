/** Step: is the state that is there still what the transform means? Refuses it, or forgets the state, as the file says. */
import { MillraceError } from '@millrace/contracts';
import { type Admin, requireNoMembers, resetGroup } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import {
  compareShapes,
  ownTopics,
  planMigration,
  type ShapeChange,
  type TransformShape,
  withGenerations,
} from '@millrace/streams';
import type { ShapeLog } from '../evolution/shape-log.ts';
import { shapeOfPlan } from '../evolution/state-shape.ts';
import type { TransformPlan } from '../plan/transform-plan.ts';

export interface AcceptShapeOptions {
  readonly shapes: ShapeLog;
  readonly admin: Admin;
  readonly logger: Logger;
}

/**
 * Remembers what the state of a transform means, and compares it with what was remembered. `forgotten`: its
 * own topics are gone and must be made anew. A shape that is migrated to is remembered by the first commit. Rejects with `transform.changed`, and with `kafka.refused`
 * where state is to be forgotten or migrated while other instances use it.
 */
export const acceptShape = async (
  plan: TransformPlan,
  { shapes, admin, logger }: AcceptShapeOptions,
): Promise<'kept' | 'forgotten'> => {
  const { transform } = plan;
  const { name, options } = transform;
  const after = shapeOfPlan(plan);
  const before = await shapes.read(name);
  if (before === undefined) {
    await shapes.write(name, after);
    return 'kept';
  }
  const changes = compareShapes(before, after);
  const raised = after.version > before.version;
  if (!raised && !changes.some(({ breaking }) => breaking)) {
    for (const { message } of changes) logger.info({ transform: name }, message);
    if (changes.length > 0) await shapes.write(name, withGenerations(after, before));
    return 'kept';
  }
  const { onChange = 'refuse' } = options;
  if (!raised || onChange === 'refuse') throw refusal(name, changes, before, after);
  if (typeof onChange === 'object') {
    const { problems } = planMigration(before, after, onChange.migrate);
    if (problems.length > 0) {
      throw new MillraceError('transform.changed', `transform ${name}: ${problems.join(' ')}`);
    }
    // Written down with the first commit, by evolution/state-shape.ts.
    await requireNoMembers(admin, plan.groupId);
    logger.info({ transform: name, version: after.version }, 'the state is migrated');
    return 'kept';
  }
  await resetGroup(admin, {
    groupId: plan.groupId,
    topics: ownTopics(transform, before),
    offsets: onChange === 'replay' ? 'forget' : 'keep',
  });
  await shapes.write(name, after);
  const { version } = after;
  logger.info(
    { transform: name, version, onChange },
    'the state of the version before is forgotten',
  );
  return 'forgotten';
};

const refusal = (
  name: string,
  changes: readonly ShapeChange[],
  before: TransformShape,
  after: TransformShape,
): MillraceError => {
  const breaking = changes.filter((change) => change.breaking).map(({ message }) => message);
  const what = breaking.length > 0 ? breaking.join(' ') : `Its version is ${after.version} now.`;
  const how =
    after.version > before.version
      ? 'Say with onChange what becomes of the state of the version before.'
      : `To give the state up, raise version above ${before.version} and say with onChange what becomes of it.`;
  return new MillraceError('transform.changed', `transform ${name}: ${what} ${how}`);
};
