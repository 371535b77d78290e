/** Entries that come and go, as keys of sessions and of joins do: memory is that of those that are there. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { openTaskState } from './open-task-state.ts';
import { createStateMemory } from './state-memory.ts';
import type { TaskState } from './task-state.ts';
import { counterSpecs, storesOf } from './testing/counters.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const live = 1000;
const commitEach = 5000;

const openState = async (): Promise<TaskState> => {
  const directory = join(temporaryDirectory(), 'state');
  const memory = createStateMemory(1024 * 1024 * 1024);
  const state = await openTaskState({ directory, ...counterSpecs, memory });
  onTestFinished(() => state.close());
  return state;
};

const heapBytes = (): number => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
};

const commit = (state: TaskState): void => {
  state.takeChanges();
  state.committed(new Map());
};

test('a keyed store lets go of what was deleted', async () => {
  const state = await openState();
  const { counts } = storesOf(state);
  let next = 0;
  const churn = async (keys: number) => {
    for (const end = next + keys; next < end; next += 1) {
      counts.set(`key-${next}`, next);
      counts.delete(`key-${next - live}`);
      if (next % commitEach !== 0) continue;
      commit(state);
      await state.checkpoint();
    }
  };
  await churn(20_000);
  const before = heapBytes();
  await churn(200_000);
  expect((heapBytes() - before) / 1e6).toBeLessThan(4);
});
