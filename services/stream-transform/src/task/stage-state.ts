import type { Admin, KafkaConnection, PartitionBatch, ProducedBatch } from '@millrace/kafka';
import { readPartition } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { StoreSpec, Stores } from '@millrace/streams';
import type { StateShape } from '../evolution/state-shape.ts';
import { openTaskState } from '../state/open-task-state.ts';
import type { StateStats, TaskState } from '../state/task-state.ts';
import { createMigratedValues, type MigratedValues } from './migrate-values.ts';

/** The state of one task and its changelog topics: what is restored from them, and what is added to them. */
export interface StageState {
  readonly stores: Stores;
  /** What changed since the last call, for the transaction of the commit; the next call only after `committed`. */
  takeChanges(headers: Readonly<Record<string, Buffer>>): readonly PartitionBatch[];
  /** The changes last taken are committed, and stand where the broker says. */
  committed(produced: readonly ProducedBatch[]): void;
  /** Memory fills with what only a commit can make room for. */
  readonly wantsCommit: boolean;
  /** A commit is due before anything has been processed: of what was migrated. */
  readonly hasMigrated: boolean;
  stats(): StateStats;
  close(): Promise<void>;
}

/** How far a restore has come. */
export interface RestoreProgress {
  readonly records: number;
  /** Records between where it began and the end, about. */
  readonly of: number;
}

export interface StageStateOptions {
  readonly transform: string;
  readonly task: string;
  readonly partition: number;
  readonly specs: readonly StoreSpec[];
  readonly shape: StateShape;
  readonly topicOf: (store: string) => string;
  readonly directory: string;
  readonly memoryBytesMax: number;
  readonly checkpointIntervalMs: number;
  readonly kafka: KafkaConnection;
  readonly admin: Admin;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Whether a changelog record is of a commit that is known to be done; absent where an aborted one leaves no
   * records that are read.
   */
  isCommitted?(headers: Readonly<Record<string, Buffer>>): boolean;
  /** Told now and then, and at the end. */
  restoring(progress: RestoreProgress): void;
  readonly signal: AbortSignal;
}

/** Records between two looks at the clock. */
const LOOK_EVERY = 10_000;
const TELL_EVERY_MS = 10_000;

/**
 * Opens the state of a task as it is committed: the last checkpoint on this disk, then the changelog from there
 * to its end. Behind the fence of the task, so that the end is the end.
 */
export const openStageState = async (options: StageStateOptions): Promise<StageState> => {
  const { transform, specs, topicOf, directory, admin, clock, logger, task } = options;
  const changelogIds: Record<string, string> = {};
  const values = new Map<string, MigratedValues>();
  for (const spec of specs) {
    const { name } = spec;
    const generation = options.shape.generations.get(name) ?? 0;
    const migration = options.shape.migrations.get(name)?.migration;
    values.set(name, createMigratedValues({ transform, spec, generation, migration }));
    // Of another generation is another state: what is on disk holds values of one alone.
    const id = await admin.topicId(topicOf(name));
    changelogIds[name] = generation === 0 ? id : `${id} ${generation}`;
  }
  const state = await openTaskState({
    ...{ directory, specs, changelogIds, logger, nowMs: clock.nowMs },
    memoryBytesMax: options.memoryBytesMax,
    checkpointIntervalMs: options.checkpointIntervalMs,
  });
  try {
    await restore(state, values, options);
    await state.promote();
  } catch (error) {
    await state.close();
    throw error;
  }
  if (state.origin.kind === 'rebuilt')
    logger.warn({ task, reason: state.origin.reason }, 'state was rebuilt from its changelog');
  return stageStateOf(state, values, options);
};

const stageStateOf = (
  state: TaskState,
  values: ReadonlyMap<string, MigratedValues>,
  { partition, specs, topicOf, shape }: StageStateOptions,
): StageState => {
  let acceptance = shape.acceptance;
  const isPending = () => [...values.values()].some((one) => one.isPending);
  const storeOf = new Map(specs.map(({ name }) => [topicOf(name), name]));
  return {
    stores: state.stores,
    takeChanges(headers) {
      const changes = new Map(state.takeChanges().map(({ store, records }) => [store, records]));
      const batches: PartitionBatch[] = acceptance === undefined ? [] : [acceptance];
      acceptance = undefined;
      for (const [store, migrated] of values) {
        const own = { ...headers, ...migrated.headers };
        // What has changed since goes behind what was migrated.
        const records = [...migrated.takePending(), ...(changes.get(store) ?? [])];
        if (records.length === 0) continue;
        batches.push({
          ...{ topic: topicOf(store), partition },
          records: records.map(({ key, value }) => ({ key, value, headers: own })),
        });
      }
      return batches;
    },
    committed(produced) {
      const offsets = new Map<string, number>();
      for (const { topic, parts } of produced) {
        const store = storeOf.get(topic);
        const last = parts.at(-1);
        if (store !== undefined && last !== undefined) {
          offsets.set(store, last.baseOffset + last.count);
        }
      }
      state.committed(offsets);
    },
    get wantsCommit() {
      return state.wantsCommit;
    },
    get hasMigrated() {
      return acceptance !== undefined || isPending();
    },
    stats: () => state.stats(),
    close: () => state.close(),
  };
};

/** Reads each changelog to its end. */
const restore = async (
  state: TaskState,
  values: ReadonlyMap<string, MigratedValues>,
  options: StageStateOptions,
): Promise<void> => {
  const { partition, specs, topicOf, kafka, admin, clock, logger, task, signal } = options;
  const begins = new Map<string, number>();
  let of = 0;
  for (const { name } of specs) {
    const offsets = await admin.partitionOffsets(topicOf(name));
    const { low, stable } = offsets.find((one) => one.partition === partition)!;
    const from = Math.max(low, state.nextOffset(name));
    begins.set(name, from);
    of += Math.max(0, stable - from);
  }
  const startedMs = clock.nowMs();
  let toldMs = startedMs;
  let records = 0;
  for (const [name, fromOffset] of begins) {
    const isolation = 'read_committed';
    const where = { topic: topicOf(name), partition, fromOffset, isolation } as const;
    const migrated = values.get(name)!;
    let next = fromOffset;
    // A checkpoint says that the changelog is done up to here, which it is once it has what was migrated.
    const restored = () => {
      if (!migrated.isPending) state.restored(new Map([[name, next]]));
    };
    for await (const record of readPartition(kafka, where)) {
      const { key, value, offset } = record;
      if (options.isCommitted?.(record.headers) ?? true) {
        const now = migrated.take(key!, value, record.headers);
        if (now !== undefined) state.restore(name, key!, now);
      }
      next = offset + 1;
      records += 1;
      if (records % LOOK_EVERY !== 0) continue;
      signal.throwIfAborted();
      restored();
      const nowMs = clock.nowMs();
      options.restoring({ records, of });
      if (nowMs - toldMs < TELL_EVERY_MS) continue;
      toldMs = nowMs;
      const leftSeconds = Math.round((((nowMs - startedMs) / records) * (of - records)) / 1000);
      logger.info({ task, records, of, leftSeconds }, 'restoring state');
    }
    migrated.finish();
    restored();
  }
  options.restoring({ records, of: records });
};

/** For a stage that keeps no state. */
export const noState: StageState = {
  stores: {
    keyed: () => {
      throw new TypeError('the stage declares no stores');
    },
    timed: () => {
      throw new TypeError('the stage declares no stores');
    },
  },
  takeChanges: () => [],
  committed: () => undefined,
  wantsCommit: false,
  hasMigrated: false,
  stats: () => emptyStats,
  close: async () => undefined,
};

const emptyStats: StateStats = {
  ...{ entries: 0, memoryEntries: 0, memoryBytes: 0, diskBytes: 0, diskReads: 0, evictions: 0 },
  ...{ checkpoints: 0, checkpointFailures: 0, lastCheckpointAtMs: undefined },
};
