import type { PartitionBatch, ProducedBatch } from '@millrace/kafka';
import type { Stores } from '@millrace/streams';
import type { StateShape } from '../evolution/state-shape.ts';
import type { StateStats, TaskState } from '../state/task-state.ts';
import { type LocalStateOptions, openLocalState } from './local-state.ts';
import type { MigratedValues } from './migrate-values.ts';
import { type RestoreOptions, restoreState } from './restore-state.ts';

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

export interface StageStateOptions extends LocalStateOptions, RestoreOptions {
  readonly shape: Pick<StateShape, 'acceptance'>;
  /** By store: which values are read, and how. */
  migratedValues(): ReadonlyMap<string, MigratedValues>;
  /** The copy that stood by for the task here, still open and followed no more; undefined when there is none. */
  takeCopy(): Promise<TaskState | undefined>;
  /** The restore is done: so many changelog records were read. */
  restored(records: number): void;
}

/**
 * Opens the state of a task as it is committed: the copy that stood by for it, or the last checkpoint on this disk, then
 * the changelog from there to its end. Behind the fence of the task, so that the end is the end.
 */
export const openStageState = async (options: StageStateOptions): Promise<StageState> => {
  const values = options.migratedValues();
  const state = (await options.takeCopy()) ?? (await openLocalState(options));
  try {
    options.restored(await restoreState(state, values, options));
    await state.promote();
  } catch (error) {
    await state.close();
    throw error;
  }
  const { task, logger } = options;
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
