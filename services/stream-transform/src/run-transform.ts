/**
 * One transform in one member: its place in the group, the tasks that it is given, and the copies of state that it keeps
 * of tasks that others are given. What all transforms of the member share comes from `member.ts`.
 */

import type { RegistryClient } from '@millrace/avro';
import { changelogTopic } from '@millrace/contracts';
import type { FloodControl } from '@millrace/dead-letters';
import {
  type Admin,
  createGroupConsumer,
  createStickyAssignor,
  decodeStickyAssignment,
  type GroupHandlers,
  type KafkaConnection,
  type Peers,
  type StickyHost,
  type StickyTask,
} from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { TransformConfig } from './config.ts';
import type { StateShape } from './evolution/state-shape.ts';
import type { GlobalTables } from './global-tables/follow-global-tables.ts';
import type { TransformMetrics } from './metrics.ts';
import { type StagePlan, storesOf, type TransformPlan } from './plan/transform-plan.ts';
import { followStandbys, type Standbys } from './standbys/follow-standbys.ts';
import type { StateMemory } from './state/state-memory.ts';
import { localStateOf, openLocalState } from './task/local-state.ts';
import { migratedValuesOf } from './task/migrate-values.ts';
import { createStageParts } from './task/stage-parts.ts';
import { createTaskFactory, topicsOf } from './task/task-factory.ts';
import type { TaskId } from './task/task-id.ts';
import { createTransformTasks, type TransformTasks } from './transform-tasks.ts';

/** What a member says of itself to the others. */
export interface MemberSelf {
  /** The same in all threads of a process: they fail together. */
  readonly processId: string;
  /** Where others reach the process. */
  readonly endpoint: string;
}

export interface RunningTransform {
  readonly plan: TransformPlan;
  readonly tasks: TransformTasks;
  readonly standbys: Standbys;
  /** Where others work on the task, and keep copies of its state, as the group was told last. */
  placesOf(id: TaskId): TaskPlaces;
  /** Leaves the group. */
  leave(): Promise<void>;
}

export interface TaskPlaces {
  readonly owner: string | undefined;
  readonly standbys: readonly string[];
}

export interface RunTransformOptions {
  readonly config: TransformConfig;
  readonly self: MemberSelf;
  /** Of all transforms of the member; undefined where instances do not watch each other. */
  readonly peers: Peers | undefined;
  readonly shape: StateShape;
  readonly schemaIds: ReadonlyMap<string, number>;
  readonly kafka: KafkaConnection;
  readonly admin: Admin;
  readonly registry: RegistryClient;
  readonly memory: StateMemory;
  readonly globalTable: GlobalTables['of'];
  readonly metrics: TransformMetrics;
  readonly floods: FloodControl;
  readonly clock: Clock;
  readonly logger: Logger;
  failed(error: unknown): void;
}

/** Changelog records that a copy may be behind and is still taken over without a wait worth the name. */
const ACCEPTABLE_LAG_RECORDS = 10_000;
/** Tasks of one transform that are made ready elsewhere at the same time, before they move there. */
const WARMUPS_MAX = 2;

export const runTransform = (
  plan: TransformPlan,
  options: RunTransformOptions,
): RunningTransform => {
  const { config, self, shape, kafka, admin, metrics, memory, clock, logger, failed } = options;
  const place = { plan, config, shape, memory, admin, clock, logger };
  const copies = standbysOf(plan, logger);
  let hosts: readonly StickyHost[] = [];

  const consumer = createGroupConsumer(kafka, {
    ...(options.peers && { peers: options.peers }),
    groupId: plan.groupId,
    topics: [...new Set(plan.stages.flatMap(topicsOf))],
    assignors: [
      createStickyAssignor({
        groups: plan.stages.map(topicsTogether),
        standbys: copies,
        acceptableLag: ACCEPTABLE_LAG_RECORDS,
        // Where nobody waits for copies, a task moves at once.
        warmupsMax: copies === 0 ? 0 : WARMUPS_MAX,
        self: () => ({ ...self, state: heldState(standbys) }),
      }),
    ],
    fetchBytesMax: config.fetchBytesMax,
    sessionTimeoutMs: config.sessionTimeoutMs,
  });
  const tasks = createTransformTasks({
    ...{ plan, consumer, logger, failed },
    openTask: createTaskFactory({
      ...{ ...place, parts: createStageParts({ ...options, ...config, plan }), kafka, metrics },
      floods: options.floods,
      takeCopy: (id) => standbys.take(id),
      globalTable: options.globalTable,
    }),
    rebalanced: () => metrics.rebalanced(plan.transform.name),
  });
  const standbys = followStandbys({
    ...{ kafka, clock, logger, acceptableLag: ACCEPTABLE_LAG_RECORDS },
    topicOf: (store) => changelogTopic(plan.transform.name, store),
    openState: (id) => openLocalState(localStateOf(place, id)),
    // To migrate is for the task, which writes again what it has migrated.
    valuesOf: ({ stage }) => migratedValuesOf(plan, stage, { ...shape, migrations: new Map() }),
    released: tasks.settled,
    warmedUp: () => consumer.rejoin(),
  });
  standbys.finished.catch(failed);

  const assigned: GroupHandlers['assigned'] = async (assignment) => {
    const starts = await tasks.handlers.assigned(assignment);
    const told = decodeStickyAssignment(assignment.userData);
    hosts = told.hosts;
    const wanted = { standby: told.standby.map(taskIdOf), warmup: told.warmup.map(taskIdOf) };
    standbys.keep(wanted, (id) => tasks.find(id) !== undefined);
    return starts;
  };
  consumer.run({ ...tasks.handlers, assigned }).catch(failed);

  return {
    ...{ plan, tasks, standbys },
    placesOf: (id) => ({
      owner: hosts.find(({ active }) => includes(active, id))?.endpoint,
      standbys: hosts.filter(({ standby }) => includes(standby, id)).map((one) => one.endpoint),
    }),
    leave: () => consumer.close(),
  };
};

/** A task needs its partition of every topic of its stage. */
const topicsTogether = (stage: StagePlan, index: number) => ({
  ...{ name: groupName(index), topics: topicsOf(stage) },
  isStateful: storesOf(stage.stage).length > 0,
});

const GROUP_PREFIX = 'stage-';
const groupName = (stage: number): string => `${GROUP_PREFIX}${stage}`;

const taskIdOf = ({ group, partition }: StickyTask): TaskId => ({
  stage: Number(group.slice(GROUP_PREFIX.length)),
  partition,
});

const includes = (tasks: readonly StickyTask[], { stage, partition }: TaskId): boolean =>
  tasks.some((one) => one.group === groupName(stage) && one.partition === partition);

/** Copies whose distance is known, for the group's leader. */
const heldState = (standbys: Standbys) =>
  standbys
    .readings()
    .flatMap(({ id: { stage, partition }, lagRecords }) =>
      lagRecords === undefined ? [] : [{ group: groupName(stage), partition, lag: lagRecords }],
    );

/**
 * How many copies the transform wants. With `at_least_once` none: its changelog has records that are not committed, and
 * a copy that has taken them in cannot be put back.
 */
const standbysOf = ({ transform }: TransformPlan, logger: Logger): number => {
  const { standbys = 0, guarantee } = transform.options;
  if (standbys === 0 || guarantee !== 'at_least_once') return standbys;
  logger.warn(
    { transform: transform.name },
    'standbys are kept for exactly_once alone; this transform has none',
  );
  return 0;
};
