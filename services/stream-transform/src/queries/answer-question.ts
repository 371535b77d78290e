import { partitionForKey } from '@millrace/kafka';
import { storesOf, type TransformPlan } from '../plan/transform-plan.ts';
import type { TransformTasks } from '../transform-tasks.ts';
import { readState } from './read-state.ts';
import type { StateAnswer, StateQuestion } from './state-question.ts';

/** A transform as it runs in one member. */
export interface QueriedTransform {
  readonly plan: TransformPlan;
  readonly tasks: Pick<TransformTasks, 'find'>;
}

/** Answers for the tasks of this member alone: 421 for those of others, 503 for one that is being opened. */
export const answerQuestion = (
  transforms: readonly QueriedTransform[],
  question: StateQuestion,
): StateAnswer => {
  const { transform, store, key } = question;
  const found = transforms.find(({ plan }) => plan.transform.name === transform);
  if (found === undefined)
    return { status: 404, body: { error: 'no transform of this name runs' } };
  const { plan, tasks } = found;
  const stage = plan.stages.findIndex((one) =>
    storesOf(one.stage).some(({ name }) => name === store),
  );
  if (stage < 0) {
    const stores = plan.stages.flatMap((one) => storesOf(one.stage).map(({ name }) => name));
    return { status: 404, body: { error: 'the transform has no such store', stores } };
  }
  const { partitions, stage: ofStage } = plan.stages[stage]!;
  const partition = partitionForKey(Buffer.from(key), partitions);
  const where = { transform, store, key, partition };
  const task = tasks.find({ stage, partition });
  if (task === undefined) {
    return { status: 421, body: { ...where, error: 'another instance has this partition' } };
  }
  const soon = { status: 503, body: { ...where, error: 'its state is being restored' } } as const;
  if (task === 'opening') return soon;
  const stores = task.stores();
  if (stores === undefined) return soon;
  const spec = storesOf(ofStage).find(({ name }) => name === store)!;
  const state = readState(spec, stores, question);
  if (state === undefined) {
    return { status: 404, body: { ...where, error: 'the store has nothing for this key' } };
  }
  return { status: 200, body: { ...where, ...state } };
};
