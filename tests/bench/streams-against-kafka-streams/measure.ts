/** Times one run from outside: from the start of the process until everything it read is committed. */
import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { cpuSecondsOfMachine } from '../machine-usage.ts';
import { processUsage } from '../process-usage.ts';
import type { Contestant, Query, Running } from './contestant.ts';
import type { World } from './world.ts';

export interface Figures {
  /** Of the input, from the first commit looked for to the last. */
  readonly eventsPerSecond: number;
  /** Of the process from its start, loading and compiling included. */
  readonly cpuMicrosPerEvent: number;
  /** Of the process from when it was loaded and about to read. */
  readonly cpuMicrosPerEventBehindStart: number;
  readonly peakMemoryMb: number;
  /** Of the machine meanwhile, all but the process: the broker, this bench, disturbance. */
  readonly otherCpuSeconds: number;
}

const LOOK_INTERVAL_MS = 50;
const TIME_LIMIT_MS = 600_000;
/** The end of a topic written in transactions is markers, which no reader ever commits past. */
const MARKERS_MAX = 4;

/** Undefined while a transaction is under way: the broker does not tell what may not stay. */
const committedOf = async (running: Running, world: World, inner: readonly string[]) => {
  try {
    return await world.admin.committedOffsets(running.groupId, [world.input, ...inner]);
  } catch (error) {
    if (error instanceof MillraceError && error.retryable) return undefined;
    throw error;
  }
};

const isDone = async (running: Running, world: World, inner: readonly string[]) => {
  const { admin, input, events } = world;
  const committed = await committedOf(running, world, inner);
  if (committed === undefined) return false;
  const read = committed
    .filter(({ topic }) => topic === input)
    .reduce((sum, { offset }) => sum + Math.max(0, offset), 0);
  if (read < events) return false;
  for (const topic of inner) {
    for (const { partition, high } of await admin.partitionOffsets(topic)) {
      const own = committed.find((one) => one.topic === topic && one.partition === partition);
      if (high > 0 && high - (own?.offset ?? 0) > MARKERS_MAX) return false;
    }
  }
  return true;
};

/** Runs a query once; `check` looks at the results before they are deleted. */
export const measure = async (
  contestant: Contestant,
  query: Query,
  world: World,
  check: (running: Running) => Promise<void>,
): Promise<Figures> => {
  const machineBefore = cpuSecondsOfMachine();
  const running = await contestant.start(query, world);
  try {
    await running.started;
    const startedMs = performance.now();
    const cpuOfStart = processUsage(running.pid).cpuSeconds;
    for (;;) {
      await systemClock.sleep(LOOK_INTERVAL_MS);
      const inner = (await world.admin.listTopics()).filter((topic) => running.isInner(topic));
      if (await isDone(running, world, inner)) break;
      if (performance.now() - startedMs > TIME_LIMIT_MS) {
        throw new Error(`${contestant.name}, ${query}: not done within the time limit`);
      }
    }
    const seconds = (performance.now() - startedMs) / 1_000;
    const { cpuSeconds, peakResidentBytes } = processUsage(running.pid);
    const otherCpuSeconds = cpuSecondsOfMachine() - machineBefore - cpuSeconds;
    await check(running);
    return {
      eventsPerSecond: world.events / seconds,
      cpuMicrosPerEvent: (cpuSeconds / world.events) * 1e6,
      cpuMicrosPerEventBehindStart: ((cpuSeconds - cpuOfStart) / world.events) * 1e6,
      peakMemoryMb: peakResidentBytes / 1e6,
      otherCpuSeconds,
    };
  } finally {
    await running.finish();
  }
};
