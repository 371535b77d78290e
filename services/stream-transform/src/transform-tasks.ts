import { MillraceError } from '@millrace/contracts';
import type {
  GroupAssignment,
  GroupConsumer,
  GroupHandlers,
  StartOffsets,
  TopicPartition,
} from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import type { TransformPlan } from './plan/transform-plan.ts';
import type { Task } from './task/task.ts';
import { type OpenTask, topicsOf } from './task/task-factory.ts';
import { type TaskId, taskKey } from './task/task-id.ts';

/**
 * The tasks of one transform that the group has given to this member. A task that stays over a rebalance goes
 * on without interruption: its transactional id shuts out whoever else takes it meanwhile, and shuts it out
 * when somebody has.
 */
export interface TransformTasks {
  readonly handlers: GroupHandlers;
  readonly tasks: () => readonly { readonly id: TaskId; readonly task: Task }[];
  /** Resolves when neither it nor one before it holds anything here any more, such as its state on disk. */
  settled(id: TaskId): Promise<void>;
  /** Undefined when another member has it. */
  find(id: TaskId): Task | 'opening' | undefined;
  /** Commits what is processed and lets all tasks go. */
  drain(): Promise<void>;
  close(): Promise<void>;
  readonly isAssigned: () => boolean;
}

export interface TransformTasksOptions {
  readonly plan: TransformPlan;
  readonly consumer: Pick<GroupConsumer, 'commit' | 'pause' | 'resume'>;
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

export const createTransformTasks = (options: TransformTasksOptions): TransformTasks => {
  const { plan, consumer, openTask } = options;
  const owned = new Map<string, Owned>();
  const stageOf = new Map(
    plan.stages.flatMap((stage, index) => topicsOf(stage).map((topic) => [topic, index] as const)),
  );
  /** Tasks being opened, as long as they are not revoked. */
  const opening = new Map<string, Promise<void>>();
  /** By task: its openings and closings, one after the other. */
  const lives = new Map<string, Promise<unknown>>();
  let isAssigned = false;

  const idOf = ({ topic, partition }: TopicPartition): TaskId => ({
    stage: stageOf.get(topic)!,
    partition,
  });

  /** After whatever was begun before with this task: one state is never open twice. */
  const next = (id: TaskId, work: () => Promise<void>): Promise<void> => {
    const key = taskKey(id);
    const done = (lives.get(key) ?? Promise.resolve()).then(work);
    // Its failure is told to whoever began it.
    const settled = done.catch(() => undefined);
    lives.set(key, settled);
    return done;
  };

  const open = async (id: TaskId, term: number, isWanted: () => boolean): Promise<void> => {
    if (!isWanted()) return;
    const where = (topic: string) => [{ topic, partition: id.partition }];
    const task = await openTask(id, {
      pause: (topic) => consumer.pause(where(topic)),
      resume: (topic) => consumer.resume(where(topic)),
      commitOffsets: (offsets) => consumer.commit(term, offsets),
    });
    if (!isWanted()) return task.close();
    opening.delete(taskKey(id));
    owned.set(taskKey(id), { id, task });
    task.finished.catch(options.failed);
  };

  const close = async ({ id, task }: Owned): Promise<void> => {
    owned.delete(taskKey(id));
    await next(id, () => task.close());
  };

  const revoke = (partitions: readonly TopicPartition[]): void => {
    for (const key of new Set(partitions.map((one) => taskKey(idOf(one))))) {
      opening.delete(key);
      const gone = owned.get(key);
      if (gone !== undefined) close(gone).catch(options.failed);
    }
  };

  /** A task that has much to restore does not hold up the others. */
  const assign = ({ added, term }: GroupAssignment): StartOffsets => {
    const wanted = tasksIn(plan, added, idOf);
    // One that was lost and comes back is opened when the one before has let go of what it holds here.
    const opened = new Map(
      [...wanted].map(([key, id]) => {
        const opened: Promise<void> = next(id, () =>
          open(id, term, () => opening.get(key) === opened),
        );
        opening.set(key, opened);
        return [key, opened];
      }),
    );
    return new Map(
      added.map(({ topic, partition }) => {
        const key = taskKey(idOf({ topic, partition }));
        // Of one that was taken away meanwhile nothing is asked any more.
        const start = opened.get(key)!.then(() => owned.get(key)?.task.starts.get(topic) ?? 0);
        return [`${topic}:${partition}`, start] as const;
      }),
    );
  };

  return {
    handlers: {
      async assigned(assignment) {
        const starts = assign(assignment);
        isAssigned = true;
        options.rebalanced();
        return starts;
      },
      revoked(partitions) {
        isAssigned = false;
        revoke(partitions);
      },
      batch: (batch) => owned.get(taskKey(idOf(batch)))?.task.take(batch),
    },
    tasks: () => [...owned.values()],
    async settled(id) {
      await lives.get(taskKey(id));
    },
    find: (id) =>
      owned.get(taskKey(id))?.task ?? (opening.has(taskKey(id)) ? 'opening' : undefined),
    isAssigned: () => isAssigned,
    async drain() {
      await Promise.all([...owned.values()].map(({ task }) => task.drain()));
    },
    async close() {
      opening.clear();
      await Promise.all([...owned.values()].map(close));
    },
  };
};

/** The tasks that an assignment makes up; each must have all of its topics. */
const tasksIn = (
  { stages, transform }: TransformPlan,
  partitions: readonly TopicPartition[],
  idOf: (partition: TopicPartition) => TaskId,
): ReadonlyMap<string, TaskId> => {
  const byTask = Map.groupBy(partitions, (partition) => taskKey(idOf(partition)));
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
