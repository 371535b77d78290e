import { changelogTopic } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { TransformShape } from '@millrace/streams';
import { repartitionTopicsOf, type TransformPlan } from '../plan/transform-plan.ts';

/** What else is forgotten with the state. */
export type Forgetting = 'reset' | 'replay';

/**
 * Deletes what a transform has built up: its changelogs, and what lies between its stages. `reset` keeps the
 * offsets of the sources, so the transform goes on where it stood with empty state; `replay` forgets them,
 * too. May be repeated after a crash in its midst. Rejects with `kafka.refused` while an instance of the
 * transform is running, and has deleted nothing then.
 */
export const forgetState = async (
  admin: Admin,
  plan: TransformPlan,
  before: TransformShape,
  what: Forgetting,
): Promise<void> => {
  const { groupId, transform } = plan;
  if (what === 'replay') await admin.deleteGroup(groupId);
  else await assertNoMembers(admin, plan);
  const stores = new Set([
    ...Object.keys(before.stores),
    ...plan.stages.flatMap(({ stage }) =>
      stage.operators.flatMap(({ spec }) => (spec.stores ?? []).map(({ name }) => name)),
    ),
  ]);
  const own = [
    ...[...stores].map((store) => changelogTopic(transform.name, store)),
    ...repartitionTopicsOf(plan).map(({ topic }) => topic),
  ];
  const existing = await admin.describeTopics(own);
  await admin.deleteTopics(existing.map(({ name }) => name));
};

/** Kafka takes offsets from outside only while a group has no members: those that stand are written again. */
const assertNoMembers = async (admin: Admin, { groupId, stages }: TransformPlan): Promise<void> => {
  const sources = stages.flatMap(({ inputs }) =>
    inputs.flatMap((input) => (input.kind === 'source' ? [input.topic] : [])),
  );
  const committed = await admin.committedOffsets(groupId, [...new Set(sources)]);
  if (committed.length > 0) await admin.commitOffsets(groupId, committed);
};
