import { setImmediate as nextTurn } from 'node:timers/promises';
import { type MillraceError, withLogMark } from '@millrace/contracts';
import type { BatchMemory, ConsumedBatch, OutgoingBatch } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import { type Stores, timesText } from '@millrace/streams';
import type { StateStats } from '../state/task-state.ts';
import { changelogHeaders } from './changelog-headers.ts';
import { type CommitCycle, createCommitCycle } from './commit-cycle.ts';
import type { FloodTally } from './flood-tally.ts';
import { createFloodWait, type FloodWait } from './flood-wait.ts';
import { createInputQueue, type InputQueue, type InputSpan } from './input-queue.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { patiently, pauseBefore } from './patiently.ts';
import type { InputPosition } from './read-positions.ts';
import type { StageRunner } from './stage-runner.ts';
import type { StageState } from './stage-state.ts';
import type { TaskCommitter } from './task-committer.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

/**
 * One stage of a transform on one partition: takes fetched records, and commits what it makes of them together
 * with how far it has come. One commit is under way while the next one is filled. After a commit that failed,
 * or whose outcome nobody knows, it throws away what it has in memory and begins again at what is committed.
 */
export interface Task {
  /** Where reading of each topic begins. */
  readonly starts: ReadonlyMap<string, number>;
  take(batch: ConsumedBatch): void;
  /** Where reading of a topic goes on when it was interrupted: behind what was taken. */
  nextOffset(topic: string): number;
  reading(): TaskReading;
  /** State as it is processed so far; undefined while the task begins again. */
  stores(): Stores | undefined;
  /** Commits what is processed and ends; what waits is left to the next owner. */
  drain(): Promise<void>;
  /** Ends at once: nothing more is committed. */
  close(): Promise<void>;
  /** Rejects when the task cannot go on; a person is needed. */
  readonly finished: Promise<void>;
}

/** A task as metrics show it. */
export interface TaskReading {
  readonly waitingRecords: number;
  /** Behind the ends of the topics as they were last seen. */
  readonly lagRecords: number;
  readonly watermarkMs: number;
  readonly state: StateStats;
  /** Why it waits for a person or a repair; absent when it does not. */
  readonly waitsFor?: string;
  /** By topic: everything below is committed, as far as this owner knows. */
  readonly committed: ReadonlyMap<string, number>;
}

export interface TaskOptions {
  readonly name: string;
  readonly partition: number;
  readonly topics: readonly string[];
  readonly committer: TaskCommitter;
  /** What is committed for good, or where the topic begins. Called behind the fence. */
  positions(): Promise<ReadonlyMap<string, InputPosition>>;
  /** A fresh runner, with state as it is committed. */
  openStage(
    outbox: Outbox,
    positions: ReadonlyMap<string, InputPosition>,
    signal: AbortSignal,
  ): Promise<OpenStage>;
  /** What is to be read before anything else; undefined when nothing is, or that was done by an owner before. */
  firstReading(positions: ReadonlyMap<string, InputPosition>): FirstReading | undefined;
  pause(topic: string): void;
  resume(topic: string): void;
  readonly limits: TaskLimits;
  readonly tally: FloodTally;
  /** Of batches on their way out. */
  readonly memory: BatchMemory;
  readonly events: TaskLifeEvents;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a task reads first: topics that wait meanwhile, and, once that can be told, up to where the others are read. */
export interface FirstReading {
  readonly held: ReadonlySet<string>;
  ends(signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
}

export interface OpenStage {
  readonly runner: StageRunner;
  readonly state: StageState;
}

export interface TaskLimits {
  readonly commitIntervalMs: number;
  readonly commitBytesMax: number;
  readonly bufferBytesMax: number;
}

export interface TaskLifeEvents {
  committed(durationMs: number, records: number): void;
  aborted(reason: string): void;
  /** So many dead letters are in the commit. */
  dead(topic: string, code: string, records: number): void;
  /** It waits because most would be dead letters. */
  held(): void;
}

/** Longest time that a task works before others get their turn, ms. */
const SLICE_MS = 5;
/** Records between two looks at the clock. */
const SLICE_RECORDS = 500;
/** Processed records are kept until their commit is known; so many buffers of them at most. */
const UNCOMMITTED_BUFFERS = 4;
/** How often a task without input looks at the clock: silent partitions, timers of the wall clock. */
const TICK_MS = 200;

/** Fences, reads what is committed, restores, and begins. Rejects when that is not possible. */
export const openTask = async (options: TaskOptions): Promise<Task> => {
  const { topics, limits, clock, events } = options;
  const queue = createInputQueue(topics);
  const wakeUp = createWakeUp();
  const closing = new AbortController();
  const committed = new Map<string, number>();
  const cycle = createCommitCycle({
    committer: options.committer,
    intervalMs: limits.commitIntervalMs,
    clock,
    ended({ batches, offsets }, durationMs, failure) {
      if (failure === undefined) {
        for (const { topic, offset } of offsets) committed.set(topic, offset);
        queue.committed(committed);
        events.committed(durationMs, recordsIn(batches));
      } else events.aborted(failure.code);
      wakeUp.ring();
    },
  });
  const parts: TaskParts = {
    options,
    queue,
    cycle,
    wakeUp,
    closing,
    beside: {},
    flood: createFloodWait(options),
  };
  let session = await beginPatiently(parts);
  const { starts } = session;
  const paused = new Set<string>();
  let isDraining = false;
  let isRecovering = false;

  const resumeReady = (): void => {
    for (const topic of paused) {
      if (queue.waitingBytes(topic) > limits.bufferBytesMax / 2) continue;
      paused.delete(topic);
      options.resume(topic);
    }
  };

  const live = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      if (parts.beside.error !== undefined) throw parts.beside.error;
      const failure = cycle.takeFailure();
      if (failure !== undefined) {
        isRecovering = true;
        session = await recover(parts, session, failure);
        isRecovering = false;
      } else if (isDraining) return finish(parts, session);
      else {
        const flood = await parts.flood.during(() => turn(parts, session));
        if (flood === undefined) continue;
        isRecovering = true;
        session = await beginAfterFlood(parts, session, flood);
        isRecovering = false;
      }
      resumeReady();
    }
  };
  const finished = live().catch((error: unknown) => {
    if (!closing.signal.aborted) throw error;
  });
  finished.catch(() => undefined);

  return {
    starts,
    take(batch) {
      const { topic } = batch;
      queue.add(batch);
      if (batch.nextOffset < batch.lastStableOffset) session.runner.waiting(topic);
      if (!paused.has(topic) && queue.waitingBytes(topic) > limits.bufferBytesMax) {
        paused.add(topic);
        options.pause(topic);
      }
      wakeUp.ring();
    },
    nextOffset: queue.nextOffset,
    reading: () => ({
      waitingRecords: queue.waiting,
      lagRecords: queue.lag,
      watermarkMs: session.runner.watermarkMs(),
      state: session.state.stats(),
      ...(parts.flood.waitsFor !== undefined && { waitsFor: parts.flood.waitsFor }),
      committed,
    }),
    stores: () => (isRecovering ? undefined : session.state.stores),
    async drain() {
      isDraining = true;
      wakeUp.ring();
      await finished;
    },
    async close() {
      closing.abort();
      wakeUp.ring();
      await finished.catch(() => undefined);
      await cycle.settled().catch(() => undefined);
      await session.state.close();
      await options.committer.close();
    },
    finished,
  };
};

const recordsIn = (batches: readonly OutgoingBatch[]): number =>
  batches.reduce((sum, { records }) => sum + records.length, 0);

interface TaskParts {
  readonly options: TaskOptions;
  readonly queue: InputQueue;
  readonly cycle: CommitCycle;
  readonly wakeUp: WakeUp;
  readonly closing: AbortController;
  /** Of what goes on beside the turns. */
  readonly beside: { error?: unknown };
  readonly flood: FloodWait;
}

/** From an opening to the failure of a commit: everything that is thrown away with it. */
interface Session extends OpenStage {
  readonly outbox: Outbox;
  readonly starts: ReadonlyMap<string, number>;
  readonly positions: ReadonlyMap<string, InputPosition>;
}

const beginSession = async (parts: TaskParts): Promise<Session> => {
  const { options, queue, cycle, closing } = parts;
  options.tally.forget();
  await options.committer.fence();
  const positions = await options.positions();
  const starts = new Map([...positions].map(([topic, { offset }]) => [topic, offset]));
  const outbox = createOutbox(options.memory);
  const stage = await options.openStage(outbox, positions, closing.signal);
  cycle.reset();
  queue.rewind(starts);
  const first = options.firstReading(positions);
  if (first !== undefined) readFirst(parts, first);
  if (stage.state.hasMigrated) cycle.touched();
  return { ...stage, outbox, starts, positions };
};

/** Holds everything else back meanwhile. A failure to find the ends ends the task as one of its own. */
const readFirst = (parts: TaskParts, { held, ends }: FirstReading): void => {
  const { queue, wakeUp, closing, options, beside } = parts;
  queue.hold(held);
  patiently(() => ends(closing.signal), options.clock, closing.signal)
    .then(queue.release, (error: unknown) => {
      beside.error = error;
    })
    .finally(wakeUp.ring);
};

/** Nothing of it is committed: what is read comes again. */
const beginAfterFlood = async (
  parts: TaskParts,
  { state }: Session,
  error: MillraceError,
): Promise<Session> => {
  await parts.cycle.settled();
  await state.close();
  await parts.flood.pause(error, parts.closing.signal);
  return beginPatiently(parts);
};

/** Begins again at what is committed, when that can help; throws the failure when it cannot. */
const recover = async (
  parts: TaskParts,
  { state }: Session,
  failure: MillraceError,
): Promise<Session> => {
  const { logger, name } = parts.options;
  const pause = pauseBefore(failure, 0);
  if (pause === undefined) throw failure;
  logger.warn(
    { err: failure, task: name },
    'a commit failed; beginning again at what is committed',
  );
  await state.close();
  await parts.options.clock.sleep(pause, parts.closing.signal);
  return beginPatiently(parts);
};

/** Tries until it has begun; rejects when it never will, and when the task is closed. */
const beginPatiently = (parts: TaskParts): Promise<Session> =>
  patiently(() => beginSession(parts), parts.options.clock, parts.closing.signal);

/** One turn of a task's life: some records, a commit, or a wait. */
const turn = async (parts: TaskParts, session: Session): Promise<void> => {
  const { options, queue, cycle, wakeUp, closing } = parts;
  const { runner, outbox, state } = session;
  if (state.wantsCommit) {
    await commit(parts, session);
    return cycle.settled();
  }
  if (cycle.isDue(isFull(parts, session))) return commit(parts, session);
  const unknown = work(parts, session);
  if (unknown !== undefined) {
    await runner.learn(unknown.topic, unknown.pack, unknown.from, closing.signal);
  } else if (queue.waiting > 0) await nextTurn();
  else {
    const dueInMs = cycle.dueInMs();
    await wakeUp.wait(Math.min(dueInMs ?? TICK_MS, TICK_MS));
    if (dueInMs === undefined && queue.waiting === 0) {
      for (const topic of options.topics) if (queue.isHeld(topic)) runner.waiting(topic);
      runner.flush();
      // Control records behind the last one that was processed are passed over for good, too.
      if (outbox.bytes > 0 || queue.hasProgress) cycle.touched();
    }
  }
};

/** Processes what waits, for a short while; answers with a record whose schema must be learned first. */
const work = ({ options, queue, cycle }: TaskParts, session: Session): InputSpan | undefined => {
  const { runner, outbox, state } = session;
  const { clock, limits } = options;
  const endMs = clock.nowMs() + SLICE_MS;
  for (;;) {
    const span = queue.next();
    if (span === undefined) break;
    const to = Math.min(span.to, span.from + SLICE_RECORDS);
    const reached = runner.process(span.topic, span.pack, span.from, to);
    queue.processed(span, reached - span.from);
    cycle.touched();
    if (reached < to) return { ...span, from: reached };
    if (outbox.bytes >= limits.commitBytesMax || state.wantsCommit) break;
    if (clock.nowMs() >= endMs) break;
  }
  runner.advance();
  return undefined;
};

/** So much has come together that the next commit is not put off, and nothing is added to it. */
const isFull = ({ options, queue }: TaskParts, { outbox }: Session): boolean =>
  outbox.bytes >= options.limits.commitBytesMax ||
  queue.uncommittedBytes >= UNCOMMITTED_BUFFERS * options.limits.bufferBytesMax;

const commit = async (
  { options, queue, cycle, flood }: TaskParts,
  { runner, outbox, state, positions }: Session,
): Promise<void> => {
  await cycle.settled();
  // What stands behind a commit that failed must not be committed: it lacks what came before.
  if (cycle.hasFailed()) return;
  await runner.settle();
  runner.flush();
  flood.pass();
  const { partition } = options;
  const written = outbox.take();
  const progress = queue.takeProgress();
  // What silence alone has led to is committed with event time as it stands now.
  if (progress.size === 0 && written.length > 0) {
    for (const topic of options.topics)
      if (!queue.isHeld(topic)) progress.set(topic, queue.position(topic));
  }
  const offsets = [...progress].map(([topic, offset]) => ({
    ...{ topic, partition, offset },
    metadata: withLogMark(timesText(runner.times(topic)), positions.get(topic)?.log),
  }));
  const changes = state.takeChanges(changelogHeaders(options.topics.map(queue.position)));
  const batches = [...written, ...changes];
  if (batches.length === 0 && offsets.length === 0) {
    cycle.reset();
    state.committed([]);
  } else {
    cycle.begin({ batches, offsets }, (produced) => {
      state.committed(produced);
      outbox.release(written);
    });
  }
};

/** The last commit of a task that is given up in order. */
const finish = async (parts: TaskParts, session: Session): Promise<void> => {
  // in a flood nothing is committed, and the next owner waits in its turn
  await parts.flood.during(() => commit(parts, session));
  await parts.cycle.settled();
};
