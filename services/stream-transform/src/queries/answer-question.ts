import { partitionForKey } from '@millrace/kafka';
import type { StoreSpec, Stores } from '@millrace/streams';
import { storesOf } from '../plan/transform-plan.ts';
import type { RunningTransform } from '../run-transform.ts';
import type { TaskId } from '../task/task-id.ts';
import { readState } from './read-state.ts';
import type { StateAnswer, StateQuestion } from './state-question.ts';

/** A transform as it runs in one member. */
export type QueriedTransform = Pick<RunningTransform, 'plan' | 'tasks' | 'standbys' | 'placesOf'>;

/**
 * Answers for the tasks of this member alone, and for the copies that it keeps when the question takes what may be old:
 * 421 for those of others, with where they are; 503 for one that is being opened.
 */
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
  const spec = storesOf(ofStage).find(({ name }) => name === store)!;
  const id = { stage, partition };
  const task = tasks.find(id);
  if (task === undefined) return answerForOther(found, id, { spec, question, where });
  const soon = { status: 503, body: { ...where, error: 'its state is being restored' } } as const;
  if (task === 'opening') return soon;
  const stores = task.stores();
  return stores === undefined ? soon : answerFrom(stores, { spec, question, where });
};

interface Asked {
  readonly spec: StoreSpec;
  readonly question: StateQuestion;
  /** What every answer begins with. */
  readonly where: Readonly<Record<string, unknown>>;
}

const answerFrom = (stores: Stores, { spec, question, where }: Asked): StateAnswer => {
  const state = readState(spec, stores, question);
  if (state === undefined) {
    return { status: 404, body: { ...where, error: 'the store has nothing for this key' } };
  }
  return { status: 200, body: { ...where, ...state } };
};

/** Of a copy that says nothing of its distance nobody can tell how old its answer is. */
const answerForOther = (
  { standbys, placesOf }: QueriedTransform,
  id: TaskId,
  asked: Asked,
): StateAnswer => {
  const copy = asked.question.stale === true ? copyOf(standbys, id) : undefined;
  if (copy?.lagRecords !== undefined) {
    const where = { ...asked.where, stale: { lagRecords: copy.lagRecords } };
    return answerFrom(copy.state.stores, { ...asked, where });
  }
  const error = 'another instance has this partition';
  return { status: 421, body: { ...asked.where, error, ...placesOf(id) } };
};

const copyOf = (standbys: QueriedTransform['standbys'], { stage, partition }: TaskId) =>
  standbys.readings().find(({ id }) => id.stage === stage && id.partition === partition);
