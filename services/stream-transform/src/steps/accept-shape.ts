/** Step: is the state that is there still what the transform means? Refuses it, or forgets the state, as the file says. */
import { MillraceError } from '@millrace/contracts';
import { type Admin, resetGroup } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import {
  compareShapes,
  ownTopics,
  type ShapeChange,
  shapeOf,
  type TransformShape,
} from '@millrace/streams';
import type { ShapeLog } from '../evolution/shape-log.ts';
import type { TransformPlan } from '../plan/transform-plan.ts';

export interface AcceptShapeOptions {
  readonly shapes: ShapeLog;
  readonly admin: Admin;
  readonly logger: Logger;
}

/**
 * Remembers what the state of a transform means, and compares it with what was remembered. `forgotten`: its
 * own topics are gone and must be made anew. Rejects with `transform.changed`, and with `kafka.refused`
 * where state is to be forgotten while other instances use it.
 */
export const acceptShape = async (
  plan: TransformPlan,
  { shapes, admin, logger }: AcceptShapeOptions,
): Promise<'kept' | 'forgotten'> => {
  const { transform, stages } = plan;
  const { name, options } = transform;
  const partitions = new Map(stages.map(({ stage, partitions: count }) => [stage, count]));
  const after = shapeOf(transform, [...partitions.keys()], (stage) => partitions.get(stage)!);
  const before = await shapes.read(name);
  if (before === undefined) {
    await shapes.write(name, after);
    return 'kept';
  }
  const changes = compareShapes(before, after);
  const raised = after.version > before.version;
  if (!raised && !changes.some(({ breaking }) => breaking)) {
    for (const { message } of changes) logger.info({ transform: name }, message);
    if (changes.length > 0) await shapes.write(name, after);
    return 'kept';
  }
  const { onChange = 'refuse' } = options;
  if (!raised || onChange === 'refuse') throw refusal(name, changes, before, after);
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
