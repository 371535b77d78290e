import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Logger, silentLogger } from '@millrace/pipeline';
import type { KeyedStore, StoreSpec, Stores, TimedStore } from '@millrace/streams';
import { checkEnvironment } from './check-environment.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createAbsentDisk, type Disk } from './disk.ts';
import type { DurableStore } from './durable-store.ts';
import { createDurableKeyedStore } from './keyed-store.ts';
import { DATA_FILE, type DiskIdentity, openLmdbDisk, wipeDisk } from './lmdb-disk.ts';
import { createMemoryBudget } from './memory-budget.ts';
import type { StateMemory } from './state-memory.ts';
import type { StateOrigin, TaskState } from './task-state.ts';
import { createDurableTimedStore } from './timed-store.ts';
import { distrust } from './trust.ts';
import { createDefaultCodec } from './value-codec.ts';

/** Whoever opens a state from outside, a benchmark, makes its memory with this. */
export { createStateMemory } from './state-memory.ts';

/** What the state of one task needs to open. */
export interface TaskStateOptions {
  /** Of this task alone. */
  readonly directory: string;
  readonly specs: readonly StoreSpec[];
  /** By store: the id of its changelog topic, which changes when a topic is made again. */
  readonly changelogIds: Readonly<Record<string, string>>;
  /** What the entries in memory may take, an estimate; beyond, those not asked for lately stay on disk only. */
  readonly memory: StateMemory;
  /** A checkpoint about so often, so that a restore has as much of the changelog to read. */
  readonly checkpointIntervalMs?: number;
  readonly logger?: Logger;
  readonly nowMs?: () => number;
}

/** Changes when what stands on disk is to be read in another way. */
const FORMAT = 1;
const CHECKPOINT_INTERVAL_MS = 30_000;

/**
 * A compacted topic keeps tombstones for a day (`delete.retention.ms`). Whoever reads on from before one that
 * is gone keeps what it took away, so an older checkpoint is no beginning.
 */
const CHECKPOINT_AGE_MAX_MS = 12 * 3_600_000;

/**
 * Opens the state of one task: what the last checkpoint has, or nothing. What stands on disk and cannot be
 * trusted (damaged, of another changelog or shape, left by a machine that stopped) is wiped and said to be;
 * where the disk cannot be used at all, everything stays in memory. Neither is an error: the changelog has all.
 */
export const openTaskState = async (options: TaskStateOptions): Promise<TaskState> => {
  const { specs, memory, logger = silentLogger, nowMs = Date.now } = options;
  const { disk, origin } = await openDisk(options, logger, nowMs());
  const budget = createMemoryBudget(memory);
  const defaultCodec = createDefaultCodec();
  const stores = new Map<string, DurableStore<KeyedStore<never> | TimedStore<never>>>(
    specs.map((spec) => {
      const codec = spec.codec ?? defaultCodec;
      const onDisk = disk.store(spec.name);
      const store =
        spec.kind === 'keyed'
          ? createDurableKeyedStore(codec, onDisk, budget)
          : createDurableTimedStore(codec, onDisk, budget, { byKey: spec.byKey === true });
      return [spec.name, store as never];
    }),
  );
  const checkpoints = createCheckpoints({
    stores,
    disk,
    budget,
    logger,
    nowMs,
    directory: options.directory,
    intervalMs: options.checkpointIntervalMs ?? CHECKPOINT_INTERVAL_MS,
  });

  const opened = (spec: StoreSpec): never => {
    const store = stores.get(spec.name);
    if (store === undefined) throw new TypeError(`the task has no store ${spec.name}`);
    return store.store as never;
  };
  const api: Stores = { keyed: opened, timed: opened };

  return {
    stores: api,
    origin,
    names: specs.map(({ name }) => name),
    nextOffset: (name) => checkpoints.nextOffset(name),
    restore(name, key, value) {
      stores.get(name)!.restore(key, value);
    },
    restored(nextOffsets) {
      checkpoints.advance(nextOffsets);
    },
    async promote() {
      for (const [name, store] of stores) {
        const bytes = disk.store(name).count * bytesToLoad(store);
        if (!store.isComplete && budget.hasRoomFor(bytes)) await store.load(() => nextTurn());
      }
    },
    takeChanges() {
      checkpoints.forbid();
      const changes = [];
      for (const [name, store] of stores) {
        const records = store.take();
        if (records.length > 0) changes.push({ store: name, records });
      }
      return changes;
    },
    committed(nextOffsets) {
      for (const { changes } of stores.values()) changes.committed();
      checkpoints.allow();
      checkpoints.advance(nextOffsets);
    },
    get wantsCommit() {
      if (!budget.isFull || checkpoints.isFailing) return false;
      for (const { changes } of stores.values()) {
        // What is committed and not on disk goes there with the next commit, also when that has nothing else to do.
        if (changes.dirtyCount > 0 || changes.unsavedCount > 0) return true;
      }
      return false;
    },
    checkpoint: () => checkpoints.take(),
    stats() {
      const all = [...stores.values()];
      return {
        entries: all.reduce((sum, { store }) => sum + store.size, 0),
        memoryEntries: all.reduce((sum, { memoryEntries }) => sum + memoryEntries, 0),
        memoryBytes: budget.usedBytes(),
        diskBytes: disk.bytes(),
        diskReads: disk.reads,
        evictions: budget.evictions,
        ...checkpoints.stats(),
      };
    },
    async close({ remove = false } = {}) {
      if (!remove) checkpoints.takeLast();
      budget.close();
      await disk.close({ flush: !remove });
      if (remove) wipeDisk(options.directory);
    },
  };
};

/** Bytes of memory an entry takes once it is loaded; a guess where none has been seen. */
const bytesToLoad = (store: DurableStore<unknown>): number =>
  store.memoryEntries === 0 ? 320 : store.memoryBytes() / store.memoryEntries;

const openDisk = async (
  { directory, specs, changelogIds }: TaskStateOptions,
  logger: Logger,
  nowMs: number,
): Promise<{ disk: Disk; origin: StateOrigin }> => {
  const identity: DiskIdentity = {
    format: FORMAT,
    stores: Object.fromEntries(
      specs.map((spec) => [spec.name, `${changelogIds[spec.name]} ${kindOf(spec)} ${spec.shape}`]),
    ),
  };
  try {
    const reason = await whyNotUsable(directory, specs);
    if (reason !== undefined) return await rebuild(reason);
    const opened = await openLmdbDisk(directory, specs, identity);
    if ('foreign' in opened) return await rebuild(opened.foreign);
    const { disk } = opened;
    if (disk.mark && nowMs - disk.mark.takenAtMs > CHECKPOINT_AGE_MAX_MS) {
      await disk.close({ flush: false });
      return await rebuild('its checkpoint is older than the changelog keeps tombstones');
    }
    const origin: StateOrigin = disk.mark
      ? { kind: 'checkpoint', takenAtMs: disk.mark.takenAtMs }
      : { kind: 'new' };
    return { disk, origin };
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    logger.warn({ directory, err: error }, 'state cannot be kept on disk and stays in memory');
    return { disk: createAbsentDisk(error), origin: { kind: 'rebuilt', reason: error.message } };
  }

  async function rebuild(reason: string): Promise<{ disk: Disk; origin: StateOrigin }> {
    logger.warn({ directory, reason }, 'state on disk cannot be used and is rebuilt');
    wipeDisk(directory);
    const opened = await openLmdbDisk(directory, specs, identity);
    if ('foreign' in opened) throw new Error(opened.foreign);
    return { disk: opened.disk, origin: { kind: 'rebuilt', reason } };
  }
};

const kindOf = (spec: StoreSpec): string =>
  spec.kind === 'timed' && spec.byKey ? 'timed-by-key' : spec.kind;

const whyNotUsable = async (
  directory: string,
  specs: readonly StoreSpec[],
): Promise<string | undefined> => {
  if (!existsSync(join(directory, DATA_FILE))) return undefined;
  const timed = specs.filter(({ kind }) => kind === 'timed').map(({ name }) => name);
  return distrust(directory) ?? (await checkEnvironment(directory, new Set(timed)));
};
