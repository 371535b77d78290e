/**
 * The state of a task as this instance has it on disk, whether for the task itself or for a copy that stands by: which
 * directory, which changelogs, which share of memory. It is opened here and brought up to date elsewhere. Task and copy
 * use one directory, one after the other: whoever changes hands takes the open state along, or waits until it is closed.
 */
import { join } from 'node:path';
import { changelogTopic, taskTransactionalId } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { StoreSpec } from '@millrace/streams';
import type { TransformConfig } from '../config.ts';
import type { StateShape } from '../evolution/state-shape.ts';
import { storesOf, type TransformPlan } from '../plan/transform-plan.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { StateMemory } from '../state/state-memory.ts';
import type { TaskState } from '../state/task-state.ts';
import type { TaskId } from './task-id.ts';

export interface LocalStateOptions {
  /** The task's transactional id, which is its name. */
  readonly task: string;
  readonly partition: number;
  readonly specs: readonly StoreSpec[];
  readonly topicOf: (store: string) => string;
  /** How often the values of a store have been migrated: what is on disk holds values of one generation alone. */
  readonly generationOf: (store: string) => number;
  readonly directory: string;
  readonly memory: StateMemory;
  readonly checkpointIntervalMs: number;
  readonly admin: Admin;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What all states of a transform in this member have in common. */
export interface StatePlace
  extends Pick<LocalStateOptions, 'memory' | 'admin' | 'clock' | 'logger'> {
  readonly plan: TransformPlan;
  readonly shape: Pick<StateShape, 'generations'>;
  readonly config: Pick<TransformConfig, 'stateDir' | 'checkpointIntervalMs'>;
}

export const localStateOf = (
  { plan, shape, config, memory, admin, clock, logger }: StatePlace,
  { stage, partition }: TaskId,
): LocalStateOptions => ({
  ...{ memory, admin, clock, logger, partition },
  task: taskTransactionalId(plan.transform.name, stage, partition),
  specs: storesOf(plan.stages[stage]!.stage),
  topicOf: (store) => changelogTopic(plan.transform.name, store),
  generationOf: (store) => shape.generations.get(store) ?? 0,
  directory: join(config.stateDir, plan.transform.name, `${stage}-${partition}`),
  checkpointIntervalMs: config.checkpointIntervalMs,
});

/**
 * Opens the last checkpoint, or nothing. One that ends before its changelog begins is no beginning: what was deleted
 * between may have taken entries away, so it is wiped, with a WARN.
 */
export const openLocalState = async (options: LocalStateOptions): Promise<TaskState> => {
  const { task, admin, specs, topicOf, generationOf, directory, memory, logger, clock } = options;
  const changelogIds: Record<string, string> = {};
  for (const { name } of specs) {
    const [id, generation] = [await admin.topicId(topicOf(name)), generationOf(name)];
    changelogIds[name] = generation === 0 ? id : `${id} ${generation}`;
  }
  const open = () =>
    openTaskState({
      ...{ directory, specs, changelogIds, memory, logger, nowMs: clock.nowMs },
      checkpointIntervalMs: options.checkpointIntervalMs,
    });
  const state = await open();
  try {
    const overtaken = await overtakenStore(state, options);
    if (overtaken === undefined) return state;
    const what = 'the changelog was deleted beyond the checkpoint; state begins anew';
    logger.warn({ task, store: overtaken }, what);
  } catch (error) {
    await state.close();
    throw error;
  }
  await state.close({ remove: true });
  return open();
};

const overtakenStore = async (
  state: TaskState,
  { partition, topicOf, admin }: LocalStateOptions,
): Promise<string | undefined> => {
  for (const name of state.names) {
    const next = state.nextOffset(name);
    if (next === 0) continue;
    const offsets = await admin.partitionOffsets(topicOf(name));
    if (next < offsets.find((one) => one.partition === partition)!.low) return name;
  }
  return undefined;
};
