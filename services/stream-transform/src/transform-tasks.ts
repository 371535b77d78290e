import { MillraceError } from '@millrace/contracts';
import type { AssignedPartition, GroupConsumer, GroupHandlers } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import type { TransformPlan } from './plan/transform-plan.ts';
import type { Task } from './task/task.ts';
import { type OpenTask, type TaskId, topicsOf } from './task/task-factory.ts';

/**
 * The tasks of one transform that the group has given to this member. A task that stays over a rebalance goes
 * on without interruption: its transactional id shuts out whoever else takes it meanwhile, and shuts it out
 * when somebody has.
 */
export interface TransformTasks {
  readonly handlers: GroupHandlers;
  readonly tasks: () => readonly { readonly id: TaskId; readonly task: Task }[];
  /** Commits what is processed and lets all tasks go. */
  drain(): Promise<void>;
  close(): Promise<void>;
  readonly isAssigned: () => boolean;
}

export interface TransformTasksOptions {
  readonly plan: TransformPlan;
  readonly consumer: Pick<GroupConsumer, 'pause' | 'resume'>;
  readonly openTask: OpenTask;
  readonly logger: Logger;
  rebalanced(): void;
  /** A task cannot go on. */
  failed(error: unknown): void;
}

interface Owned {
  readonly id: TaskId;
  readonly task: Task;
}

const keyOf = ({ stage, partition }: TaskId): string => `${stage}:${partition}`;

export const createTransformTasks = (options: TransformTasksOptions): TransformTasks => {
  const { plan, consumer, openTask } = options;
  const owned = new Map<string, Owned>();
  const stageOf = new Map(
    plan.stages.flatMap((stage, index) => topicsOf(stage).map((topic) => [topic, index] as const)),
  );
  let isAssigned = false;

  const idOf = ({ topic, partition }: { topic: string; partition: number }): TaskId => ({
    stage: stageOf.get(topic)!,
    partition,
  });

  const open = async (id: TaskId): Promise<void> => {
    const where = (topic: string) => [{ topic, partition: id.partition }];
    const task = await openTask(id, {
      pause: (topic) => consumer.pause(where(topic)),
      resume: (topic) => consumer.resume(where(topic)),
    });
    owned.set(keyOf(id), { id, task });
    task.finished.catch(options.failed);
  };

  const close = async (gone: readonly Owned[]): Promise<void> => {
    for (const { id } of gone) owned.delete(keyOf(id));
    await Promise.all(gone.map(({ task }) => task.close()));
  };

  const assign = async (partitions: readonly AssignedPartition[]) => {
    const wanted = tasksIn(plan, partitions, idOf);
    await close([...owned.values()].filter(({ id }) => !wanted.has(keyOf(id))));
    const fresh = [...wanted.values()].filter((id) => !owned.has(keyOf(id)));
    const kept = new Set(owned.keys());
    await Promise.all(fresh.map(open));
    const starts = new Map<string, number>();
    for (const { topic, partition } of partitions) {
      const key = keyOf(idOf({ topic, partition }));
      const { task } = owned.get(key)!;
      const start = kept.has(key) ? task.nextOffset(topic) : task.starts.get(topic)!;
      starts.set(`${topic}:${partition}`, start);
    }
    return starts;
  };

  return {
    handlers: {
      async assigned(partitions) {
        const starts = await assign(partitions);
        isAssigned = true;
        options.rebalanced();
        return starts;
      },
      revoked() {
        isAssigned = false;
      },
      batch: (batch) => owned.get(keyOf(idOf(batch)))?.task.take(batch),
    },
    tasks: () => [...owned.values()],
    isAssigned: () => isAssigned,
    async drain() {
      await Promise.all([...owned.values()].map(({ task }) => task.drain()));
    },
    close: () => close([...owned.values()]),
  };
};

/** The tasks that an assignment makes up; each must have all of its topics. */
const tasksIn = (
  { stages, transform }: TransformPlan,
  partitions: readonly AssignedPartition[],
  idOf: (partition: AssignedPartition) => TaskId,
): ReadonlyMap<string, TaskId> => {
  const byTask = Map.groupBy(partitions, (partition) => keyOf(idOf(partition)));
  const ids = new Map<string, TaskId>();
  for (const [key, [first, ...others]] of byTask) {
    const id = idOf(first!);
    if (others.length + 1 < topicsOf(stages[id.stage]!).length) {
      throw new MillraceError(
        'transform.partitions-differ',
        `transform ${transform.name}: the group gave away partition ${id.partition} of a stage in parts`,
      );
    }
    ids.set(key, id);
  }
  return ids;
};
