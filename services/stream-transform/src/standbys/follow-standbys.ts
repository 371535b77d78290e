/**
 * The copies of state that a member keeps of tasks that others work on: opens one when the group's leader says so, follows
 * its changelogs, and hands it over, still open, when the task becomes this member's own. A copy that cannot be kept is
 * opened again after a pause, with a WARN: tasks do not depend on it. Who keeps which copy is decided in
 * `packages/kafka` (`createStickyAssignor`).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MillraceError } from '@millrace/contracts';
import {
  type ConsumedBatch,
  createTailConsumer,
  type KafkaConnection,
  type TailConsumer,
  type TopicPartition,
} from '@millrace/kafka';
import { type Clock, type Logger, pauseMs } from '@millrace/pipeline';
import type { StateStats, TaskState } from '../state/task-state.ts';
import type { MigratedValues } from '../task/migrate-values.ts';
import { type TaskId, taskKey } from '../task/task-id.ts';
import { createStandbyCopy, type StandbyCopy } from './standby-copy.ts';

export interface Standbys {
  /**
   * Keeps copies of these tasks and of no others, but lets those alone that `isOwned`: their tasks are about to take
   * them. Those of `warmup` are told of when they are nearly up to date. Returns at once.
   */
  keep(
    wanted: { readonly standby: readonly TaskId[]; readonly warmup: readonly TaskId[] },
    isOwned: (id: TaskId) => boolean,
  ): void;
  /** The copy's state, followed no more, for the task that takes it over; undefined when there is none. */
  take(id: TaskId): Promise<TaskState | undefined>;
  /** Copies that are open. */
  readings(): readonly CopyReading[];
  /** Rejects on a bug. */
  readonly finished: Promise<never>;
  close(): Promise<void>;
}

export interface CopyReading {
  readonly id: TaskId;
  readonly state: Pick<TaskState, 'stores'>;
  /** Undefined until the broker has told. */
  readonly lagRecords: number | undefined;
  stats(): StateStats;
}

export interface StandbysOptions {
  readonly kafka: KafkaConnection;
  topicOf(store: string): string;
  /** The local state of a task, to be followed. */
  openState(id: TaskId): Promise<TaskState>;
  /** By store: which values are read. */
  valuesOf(id: TaskId): ReadonlyMap<string, MigratedValues>;
  /** Resolves when no task holds that state here. */
  released(id: TaskId): Promise<void>;
  /** Records that a copy which warms up may be behind when its task can be asked for. */
  readonly acceptableLag: number;
  /** A copy that warms up is so far. */
  warmedUp(): void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is kept, from the moment that it is wanted. */
interface Kept {
  readonly id: TaskId;
  /** Aborts when it is wanted no more, or is taken over. */
  readonly ending: AbortController;
  copy: StandbyCopy | undefined;
  opening: Promise<void>;
}

/** Small: taking it holds up the tasks of this thread. */
const FETCH_BYTES_PER_PARTITION_MAX = 256 * 1024;
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
/** How often copies look whether a checkpoint is due. */
const TICK_MS = 500;
const OVERTAKEN = 'its changelog was deleted before it was read';
const RETRY = { initialMs: 500, multiplier: 2, maxMs: 30_000, jitter: 0.5 } as const;

/** Opens no connection before the first copy. */
export const followStandbys = (options: StandbysOptions): Standbys => {
  const { kafka, clock, logger } = options;
  const kept = new Map<string, Kept>();
  /** By task: the closing of the copy that was there before. */
  const leaving = new Map<string, Promise<unknown>>();
  const closing = new AbortController();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => undefined);
  let warming = new Set<string>();
  let tail: TailConsumer | undefined;
  let failures = 0;

  const reading = (partition: TopicPartition) => tail?.reading(partition);

  const follow = (): TailConsumer => {
    if (tail !== undefined) return tail;
    const made = createTailConsumer(kafka, {
      isolation: 'read_committed',
      batch: take,
      overtaken: ({ topic, partition }) => anew(ofChangelog(topic, partition), OVERTAKEN),
      fetchBytesMax: FETCH_BYTES_MAX,
      fetchBytesPerPartitionMax: FETCH_BYTES_PER_PARTITION_MAX,
    });
    made.finished.catch((error: unknown) => {
      if (closing.signal.aborted || tail !== made) return;
      tail = undefined;
      for (const one of [...kept.values()]) anew(one, error);
    });
    tail = made;
    return made;
  };

  const ofChangelog = (topic: string, partition: number): Kept | undefined =>
    [...kept.values()].find(({ copy }) =>
      copy?.starts.some((one) => one.topic === topic && one.partition === partition),
    );

  const take = (batch: ConsumedBatch): void => {
    const one = ofChangelog(batch.topic, batch.partition);
    try {
      one?.copy?.take(batch);
      failures = 0;
    } catch (error) {
      // A disk that lies. What else is thrown is a bug.
      if (error instanceof MillraceError) anew(one, error);
      else failure.reject(error);
    }
  };

  /** Ends the copy, and what it followed. Its state stays on disk unless it is to be removed. */
  const leave = (one: Kept, remove: boolean): void => {
    one.ending.abort();
    const key = taskKey(one.id);
    kept.delete(key);
    const left = one.opening.then(async () => {
      const { copy } = one;
      one.copy = undefined;
      if (copy === undefined) return;
      tail?.remove(copy.starts);
      await copy.state.close({ remove });
    });
    leaving.set(key, left);
    left.catch(failure.reject);
  };

  /** Throws the copy away and opens another after a pause. */
  const anew = (one: Kept | undefined, reason: unknown): void => {
    if (one === undefined || one.ending.signal.aborted) return;
    failures += 1;
    const why = reason instanceof Error ? { err: reason } : { reason };
    logger.warn({ ...one.id, ...why }, 'a copy of state cannot be kept and begins anew');
    leave(one, isGone(reason));
    begin(one.id, pauseMs(RETRY, failures));
  };

  const open = async (one: Kept, before: Promise<unknown> | undefined, pause: number) => {
    const { signal } = one.ending;
    await before;
    await clock.sleep(pause, signal);
    // The task that takes this one over waits for it, so it must not wait for that task.
    await Promise.race([options.released(one.id), aborted(signal)]);
    signal.throwIfAborted();
    const state = await options.openState(one.id);
    const copy = createStandbyCopy(one.id, state, options.valuesOf(one.id), options.topicOf);
    // From here on it is handed over, or closed, by whoever ends it.
    one.copy = copy;
    signal.throwIfAborted();
    const begun = await follow().add(copy.starts);
    const isOvertaken = begun.some(({ offset }, index) => {
      const { fromOffset } = copy.starts[index]!;
      return fromOffset > 0 && offset > fromOffset;
    });
    if (isOvertaken) anew(one, OVERTAKEN);
  };

  const begin = (id: TaskId, pause = 0): void => {
    const key = taskKey(id);
    const ending = new AbortController();
    const one: Kept = { id, ending, copy: undefined, opening: Promise.resolve() };
    kept.set(key, one);
    one.opening = open(one, leaving.get(key), pause).catch((error: unknown) => {
      if (ending.signal.aborted) return;
      if (error instanceof MillraceError) anew(one, error);
      else failure.reject(error);
    });
  };

  const lookAt = ({ copy }: Kept): void => {
    if (copy === undefined) return;
    copy.tick();
    if (!warming.has(taskKey(copy.id))) return;
    const lag = copy.lag(reading);
    if (lag === undefined || lag > options.acceptableLag) return;
    warming.delete(taskKey(copy.id));
    options.warmedUp();
  };

  const tick = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await clock.sleep(TICK_MS, closing.signal);
      for (const one of kept.values()) {
        lookAt(one);
        await nextTurn();
      }
    }
  };
  tick().catch((error: unknown) => {
    if (!closing.signal.aborted) failure.reject(error);
  });

  return {
    keep({ standby, warmup }, isOwned) {
      const wanted = [...standby, ...warmup];
      warming = new Set(warmup.map(taskKey));
      const keys = new Set(wanted.map(taskKey));
      for (const [key, one] of [...kept]) if (!keys.has(key) && !isOwned(one.id)) leave(one, false);
      for (const id of wanted) if (!kept.has(taskKey(id)) && !isOwned(id)) begin(id);
    },
    async take(id) {
      const key = taskKey(id);
      const one = kept.get(key);
      if (one === undefined) {
        await leaving.get(key);
        return undefined;
      }
      kept.delete(key);
      one.ending.abort();
      await one.opening;
      const { copy } = one;
      one.copy = undefined;
      if (copy !== undefined) tail?.remove(copy.starts);
      return copy?.state;
    },
    readings: () =>
      [...kept.values()].flatMap(({ id, copy }) =>
        copy === undefined
          ? []
          : [{ id, state: copy.state, lagRecords: copy.lag(reading), stats: copy.state.stats }],
      ),
    finished: failure.promise,
    async close() {
      closing.abort();
      for (const one of [...kept.values()]) leave(one, false);
      await Promise.all(leaving.values());
      await tail?.close();
    },
  };
};

/** What it has on disk cannot be gone on from. */
const isGone = (reason: unknown): boolean =>
  reason === OVERTAKEN ||
  (reason instanceof MillraceError && reason.code === 'kafka.offset-out-of-range');

/** Rejects when the signal aborts. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
