import { taskTransactionalId } from '@millrace/contracts';
import type { FloodControl } from '@millrace/dead-letters';
import {
  type Admin,
  type BatchMemory,
  createBatchMemory,
  createProducer,
  createTransactionalProducer,
  type KafkaConnection,
} from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import { parseTimes, type TaskWatermarkState, whatComesOf } from '@millrace/streams';
import type { TransformConfig } from '../config.ts';
import type { StateShape } from '../evolution/state-shape.ts';
import type { GlobalTables } from '../global-tables/follow-global-tables.ts';
import type { TransformMetrics } from '../metrics.ts';
import { type StagePlan, storesOf, type TransformPlan, writtenBy } from '../plan/transform-plan.ts';
import type { StateMemory } from '../state/state-memory.ts';
import type { TaskState } from '../state/task-state.ts';
import { isWithin } from './changelog-headers.ts';
import { createDeadLetters } from './dead-letters.ts';
import { firstReadingOf } from './first-reading.ts';
import { createFloodTally } from './flood-tally.ts';
import { localStateOf } from './local-state.ts';
import { migratedValuesOf } from './migrate-values.ts';
import { type InputPosition, readPositions } from './read-positions.ts';
import type { StageParts } from './stage-parts.ts';
import { createStageRunner, type TaskEvents } from './stage-runner.ts';
import { noState, openStageState, type StageState } from './stage-state.ts';
import { openTask, type Task, type TaskOptions } from './task.ts';
import { type InputOffset, plainCommitter, transactionalCommitter } from './task-committer.ts';
import type { TaskId } from './task-id.ts';
import type { TopicInput } from './topic-input.ts';

/** What a task may ask of the consumer that reads for it. */
export interface TaskFlowControl {
  pause(topic: string): void;
  resume(topic: string): void;
  /** As a member of the group, under the assignment that gave the task. */
  commitOffsets(offsets: readonly InputOffset[]): Promise<void>;
}

export interface TaskFactoryOptions {
  readonly plan: TransformPlan;
  readonly shape: StateShape;
  readonly parts: StageParts;
  readonly config: TransformConfig;
  readonly kafka: KafkaConnection;
  readonly admin: Admin;
  readonly metrics: TransformMetrics;
  /** Whether dead letters are an outage. */
  readonly floods: FloodControl;
  /** What all states of this member share. */
  readonly memory: StateMemory;
  /** The copy of a task's state that stood by here, as it is when the task is opened. */
  takeCopy(id: TaskId): Promise<TaskState | undefined>;
  /** The table of a contract that every task has whole. */
  readonly globalTable: GlobalTables['of'];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Of batches that were sent, kept for those to come. */
const BATCH_MEMORY_BYTES = 16 * 1024 * 1024;

/** After it a commit whose answer does not come is given up, and what is committed is asked for. */
const DELIVERY_TIMEOUT_MAX_MS = 30_000;

/** Every result behind the table may be wrong from then on, so a letter alone is not enough. */
const TRUNCATED =
  'a TRUNCATE does not empty the table that a transform keeps; see the remedy of the code';

/** Opens tasks of one transform; everything that they share is made before. */
export const createTaskFactory =
  (options: TaskFactoryOptions, memory: BatchMemory = createBatchMemory(BATCH_MEMORY_BYTES)) =>
  async ({ stage, partition }: TaskId, control: TaskFlowControl): Promise<Task> => {
    const { plan, parts, config, kafka, admin, metrics, clock, logger } = options;
    const { groupId, transform } = plan;
    const stagePlan = plan.stages[stage]!;
    const topics = topicsOf(stagePlan);
    const sources = sourcesOf(stagePlan);
    const name = taskTransactionalId(transform.name, stage, partition);
    const startedMs = clock.nowMs();

    const tally = createFloodTally(options.floods, transform.name, partition);
    const events: TaskEvents = {
      processed(topic, records) {
        metrics.processed(transform.name, stage, records);
        tally.processed(topic, records);
      },
      late: (operator) => metrics.late(transform.name, operator),
      skipped: (operator, reason) => metrics.skipped(transform.name, operator, reason),
    };
    const comes = new Map(
      topics.map((topic) => [topic, whatComesOf(stagePlan.stage, namesReading(stagePlan, topic))]),
    );
    const specs = storesOf(stagePlan.stage);
    const isExactlyOnce = transform.options.guarantee !== 'at_least_once';
    const openState = async (
      positions: ReadonlyMap<string, InputPosition>,
      signal: AbortSignal,
    ): Promise<StageState> => {
      if (specs.length === 0) return noState;
      return openStageState({
        ...localStateOf(options, { stage, partition }),
        migratedValues: () => migratedValuesOf(plan, stage, options.shape),
        ...{
          shape: options.shape,
          kafka,
          signal,
          takeCopy: () => options.takeCopy({ stage, partition }),
        },
        ...(!isExactlyOnce && {
          isCommitted: (headers) =>
            isWithin(
              headers,
              topics.map((topic) => positions.get(topic)!.offset),
            ),
        }),
        restoring: ({ records, of }) =>
          metrics.restoring({ transform: transform.name, stage, partition }, of - records),
        restored: (records) =>
          metrics.restored({ transform: transform.name, stage, partition }, records),
      });
    };
    const openStage: TaskOptions['openStage'] = async (outbox, positions, signal) => {
      const inputs = parts.inputs(stagePlan, partition);
      const times = timesAt(stagePlan, inputs, positions);
      const state = await openState(positions, signal);
      const runner = createStageRunner({
        ...{ plan: stagePlan, inputs, outbox, events, stores: state.stores },
        letters: createDeadLetters({
          ...{ transform: transform.name, partition, outbox, dead: tally.dead },
          onError: transform.options.onError ?? 'dead_letter',
          whatComesOf: (topic) => comes.get(topic)!,
        }),
        outputs: parts.outputs(stagePlan, partition, outbox, events.skipped),
        globalTable: options.globalTable,
        ...(times !== undefined && { state: times }),
        nowMs: clock.nowMs,
      });
      return { runner, state };
    };

    const task = await openTask({
      ...{ name, partition, topics, openStage, memory, clock, logger, limits: config, tally },
      ...{ pause: control.pause, resume: control.resume },
      committer: isExactlyOnce
        ? transactionalCommitter(() => transactionalProducer(options, stage, name), groupId)
        : plainCommitter(createProducer(kafka, { compression: config.compression }), (offsets) =>
            control.commitOffsets(offsets),
          ),
      positions: () => readPositions({ admin, groupId, topics, sources, partition, logger }),
      firstReading: (positions) =>
        firstReadingOf({ plan, stage: stagePlan, partition, positions, admin, clock }),
      events: {
        committed: (durationMs, records) => metrics.committed(transform.name, durationMs, records),
        aborted: (code) => metrics.aborted(transform.name, code),
        dead(topic, code, records) {
          metrics.dead(transform.name, topic, code, records);
          if (code === 'transform.table-truncated')
            logger.error({ task: name, topic, code }, TRUNCATED);
        },
        held: () => metrics.heldAsFlood(transform.name),
      },
    });
    metrics.opened(transform.name, clock.nowMs() - startedMs);
    return task;
  };

const transactionalProducer = (
  { config, kafka, plan }: TaskFactoryOptions,
  stage: number,
  transactionalId: string,
) => {
  const { transactionTimeoutMs, compression } = config;
  return createTransactionalProducer(kafka, {
    ...{ transactionalId, transactionTimeoutMs, compression },
    reach: { topics: writtenBy(plan, stage), groups: [plan.groupId] },
    // Beyond its time-out the broker has aborted it: there is nothing to go on trying for.
    deliveryTimeoutMs: Math.min(DELIVERY_TIMEOUT_MAX_MS, transactionTimeoutMs),
  });
};

export type OpenTask = ReturnType<typeof createTaskFactory>;

export const topicsOf = ({ inputs }: StagePlan): readonly string[] => [
  ...new Set(inputs.map(({ topic }) => topic)),
];

const sourcesOf = ({ inputs }: StagePlan): ReadonlySet<string> =>
  new Set(inputs.flatMap(({ kind, topic }) => (kind === 'source' ? [topic] : [])));

/** The inputs of a stage that read the topic. */
const namesReading = ({ inputs }: StagePlan, topic: string): readonly string[] =>
  inputs.flatMap((input) => (input.topic === topic ? [input.node.name] : []));

/** Event time as it was committed; undefined for a task that has committed nothing. */
const timesAt = (
  { inputs }: StagePlan,
  topics: readonly TopicInput[],
  positions: ReadonlyMap<string, InputPosition>,
): TaskWatermarkState | undefined => {
  const state: TaskWatermarkState['inputs'][number][] = inputs.map((input) =>
    input.kind === 'source'
      ? Number.NEGATIVE_INFINITY
      : Array.from({ length: input.senders }, () => ({
          watermarkMs: Number.NEGATIVE_INFINITY,
          status: 'active' as const,
        })),
  );
  let watermarkMs = Number.NEGATIVE_INFINITY;
  let isKnown = false;
  for (const { topic, indexes, sources } of topics) {
    const [first] = indexes;
    const isSource = sources.length > 0;
    const origins = isSource ? indexes.length : (state[first!] as readonly unknown[]).length;
    const times = parseTimes(positions.get(topic)!.metadata, origins);
    if (times === undefined) continue;
    isKnown = true;
    watermarkMs = Math.max(watermarkMs, times.taskWatermarkMs);
    if (!isSource) state[first!] = times.origins;
    else for (const [at, index] of indexes.entries()) state[index] = times.origins[at]!.watermarkMs;
  }
  return isKnown ? { watermarkMs, inputs: state } : undefined;
};
