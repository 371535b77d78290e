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
import { type OpenTask, type TaskId, topicsOf } from './task/task-factory.ts';

/**
 * The tasks of one transform that the group has given to this member. A task that stays over a rebalance goes
 * on without interruption: its transactional id shuts out whoever else takes it meanwhile, and shuts it out
 * when somebody has.
 */
export interface TransformTasks {
  readonly handlers: GroupHandlers;
  readonly tasks: () => readonly { readonly id: TaskId; readonly task: Task }[];
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

const keyOf = ({ stage, partition }: TaskId): string => `${stage}:${partition}`;

export const createTransformTasks = (options: TransformTasksOptions): TransformTasks => {
  const { plan, consumer, openTask } = options;
  const owned = new Map<string, Owned>();
  const stageOf = new Map(
    plan.stages.flatMap((stage, index) => topicsOf(stage).map((topic) => [topic, index] as const)),
  );
  /** Tasks being opened, as long as they are not revoked. */
  const opening = new Set<string>();
  let closing: Promise<unknown> = Promise.resolve();
  let isAssigned = false;

  const idOf = ({ topic, partition }: TopicPartition): TaskId => ({
    stage: stageOf.get(topic)!,
    partition,
  });

  const open = async (id: TaskId, term: number): Promise<void> => {
    const where = (topic: string) => [{ topic, partition: id.partition }];
    const task = await openTask(id, {
      pause: (topic) => consumer.pause(where(topic)),
      resume: (topic) => consumer.resume(where(topic)),
      commitOffsets: (offsets) => consumer.commit(term, offsets),
    });
    if (!opening.delete(keyOf(id))) return task.close();
    owned.set(keyOf(id), { id, task });
    task.finished.catch(options.failed);
  };

  const close = async (gone: readonly Owned[]): Promise<void> => {
    for (const { id } of gone) owned.delete(keyOf(id));
    await Promise.all(gone.map(({ task }) => task.close()));
  };

  const revoke = (partitions: readonly TopicPartition[]): void => {
    const keys = new Set(partitions.map((one) => keyOf(idOf(one))));
    for (const key of keys) opening.delete(key);
    closing = Promise.all([closing, close([...keys].flatMap((key) => owned.get(key) ?? []))]);
    closing.catch(options.failed);
  };

  /** A task that has much to restore does not hold up the others. */
  const assign = async ({ added, term }: GroupAssignment): Promise<StartOffsets> => {
    const wanted = tasksIn(plan, added, idOf);
    for (const key of wanted.keys()) opening.add(key);
    // One that was lost and comes back is opened when the one before has let go of what it holds here.
    await closing;
    const opened = new Map([...wanted].map(([key, id]) => [key, open(id, term)]));
    return new Map(
      added.map(({ topic, partition }) => {
        const key = keyOf(idOf({ topic, partition }));
        // Of one that was taken away meanwhile nothing is asked any more.
        const start = opened.get(key)!.then(() => owned.get(key)?.task.starts.get(topic) ?? 0);
        return [`${topic}:${partition}`, start] as const;
      }),
    );
  };

  return {
    handlers: {
      async assigned(assignment) {
        const starts = await assign(assignment);
        isAssigned = true;
        options.rebalanced();
        return starts;
      },
      revoked(partitions) {
        isAssigned = false;
        revoke(partitions);
      },
      batch: (batch) => owned.get(keyOf(idOf(batch)))?.task.take(batch),
    },
    tasks: () => [...owned.values()],
    find: (id) => owned.get(keyOf(id))?.task ?? (opening.has(keyOf(id)) ? 'opening' : undefined),
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
  partitions: readonly TopicPartition[],
  idOf: (partition: TopicPartition) => TaskId,
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
