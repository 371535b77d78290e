import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openTaskState } from './open-task-state.ts';
import { createStateMemory, type StateMemory } from './state-memory.ts';
import type { TaskState } from './task-state.ts';
import { counterSpecs, storesOf } from './testing/counters.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const BYTES_MAX = 4 * 1024 * 1024;

const open = async (memory: StateMemory): Promise<TaskState> => {
  const directory = join(temporaryDirectory(), 'state');
  const state = await openTaskState({ directory, ...counterSpecs, memory });
  onTestFinished(() => state.close());
  return state;
};

const fill = (state: TaskState, keys: number): void => {
  const { counts } = storesOf(state);
  for (let key = 0; key < keys; key += 1) {
    counts.set(`key-${key}`, key);
    if (state.wantsCommit || key === keys - 1) commit(state);
  }
};

const commit = (state: TaskState): void => {
  state.takeChanges();
  state.committed(new Map());
};

const used = (state: TaskState): number => state.stats().memoryBytes;

test('one state uses what the others leave, and gives back what is their share when they ask for it', async () => {
  const memory = createStateMemory(BYTES_MAX);
  const [greedy, late] = [await open(memory), await open(memory)];
  fill(greedy, 40_000);
  expect(used(greedy)).toBeGreaterThan(0.8 * BYTES_MAX);
  fill(late, 40_000);
  expect(used(late)).toBeGreaterThan(0.4 * BYTES_MAX);
  expect(greedy.wantsCommit).toBe(true);
  commit(greedy);
  // Both ask at intervals, so a little more than all is in use between two questions.
  expect(used(greedy) + used(late)).toBeLessThan(1.1 * BYTES_MAX);
  expect(storesOf(greedy).counts.get('key-0')).toBe(0);
  expect(storesOf(greedy).counts.size).toBe(40_000);
});

test('what a state held is the others’ once it is closed', async () => {
  const memory = createStateMemory(BYTES_MAX);
  const [first, second] = [await open(memory), await open(memory)];
  fill(first, 40_000);
  fill(second, 40_000);
  await first.close();
  fill(second, 40_000);
  expect(used(second)).toBeGreaterThan(0.8 * BYTES_MAX);
});
