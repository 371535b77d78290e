import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTaskState } from './open-task-state.ts';
import { createStateMemory, type StateMemory } from './state-memory.ts';
import type { StoreChanges, TaskState } from './task-state.ts';
import { createTestChangelog } from './testing/changelog.ts';
import { counterSpecs, showCounters, storesOf } from './testing/counters.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

const open = (options: { readonly memory?: StateMemory; readonly nowMs?: () => number } = {}) =>
  openTaskState({ directory: join(temporaryDirectory(), 'state'), ...counterSpecs, ...options });

const readable = (changes: readonly StoreChanges[]) =>
  changes.flatMap(({ store, records }) =>
    records.map(({ key, value }) => {
      const text = store === 'windows' ? `${key.readInt32BE(4)} ${key.subarray(8)}` : `${key}`;
      return `${text} ${value === null ? 'gone' : value[0]}`;
    }),
  );

const commit = (state: TaskState): string[] => {
  const changes = readable(state.takeChanges());
  state.committed(new Map([['counts', 1]]));
  return changes;
};

test('an entry is written once a transaction, as it is at its end', async () => {
  const state = await open();
  const { counts, windows } = storesOf(state);
  for (let count = 1; count <= 9; count += 1) {
    counts.set('a', count);
    windows.set(5, 'b', count);
  }
  expect(commit(state)).toEqual(['a 9', '5 b 9']);
  expect(commit(state)).toEqual([]);
  counts.set('a', 10);
  counts.delete('never');
  expect(commit(state)).toEqual(['a 10']);
  await state.close();
});

test('what was written takes a tombstone, and what came and went between two commits nothing', async () => {
  const state = await open();
  const { counts, windows } = storesOf(state);
  counts.set('short', 1);
  counts.delete('short');
  windows.set(1, 'short', 1);
  windows.set(1, 'kept', 1);
  windows.delete(1, 'short');
  expect(commit(state)).toEqual(['1 kept 1']);
  windows.set(2, 'short', 1);
  windows.dropBefore(3);
  expect(commit(state)).toEqual(['1 kept gone']);
  expect(commit(state)).toEqual([]);
  await state.close();
});

test('a value may change while the transaction with its bytes is under way', async () => {
  const state = await open();
  const { counts } = storesOf(state);
  counts.set('a', 1);
  const first = state.takeChanges();
  counts.set('a', 2);
  expect(readable(first)).toEqual(['a 1']);
  expect(() => state.checkpoint()).toThrow('a transaction is under way');
  state.committed(new Map([['counts', 1]]));
  expect(state.checkpoint()).toBe(true);
  expect(commit(state)).toEqual(['a 2']);
  await state.close();
});

test('a transaction that touches more than memory holds asks for its commit, and memory is free after it', async () => {
  const bytesMax = 300_000;
  const state = await open({ memory: createStateMemory(bytesMax) });
  const { counts } = storesOf(state);
  let commits = 0;
  for (let number = 0; number < 15_000; number += 1) {
    counts.set(`key-${number}`, number);
    if (!state.wantsCommit) continue;
    commit(state);
    commits += 1;
    expect(state.wantsCommit).toBe(false);
    expect(state.stats().memoryBytes).toBeLessThan(bytesMax);
  }
  expect(commits).toBeGreaterThan(5);
  expect(counts.size).toBe(15_000);
  expect(counts.get('key-7')).toBe(7);
  expect(state.stats().evictions).toBeGreaterThan(12_000);
  await state.close();
});

test('what fits in memory is never looked for on disk', async () => {
  const state = await open();
  const { counts, windows } = storesOf(state);
  for (let number = 0; number < 1_000; number += 1) {
    counts.set(`key-${number}`, number);
    windows.set(number % 10, `key-${number}`, number);
  }
  commit(state);
  state.checkpoint();
  const before = state.stats().diskReads;
  for (let number = 0; number < 2_000; number += 1) {
    counts.set(`key-${number}`, (counts.get(`key-${number}`) ?? 0) + 1);
    windows.delete(number % 10, `key-${number}`);
  }
  showCounters(state);
  expect(state.stats().diskReads).toBe(before);
  await state.close();
});

test('what left memory counts for the first time and for the size, as if it were there', async () => {
  const state = await open({ memory: createStateMemory(1) });
  const { windows } = storesOf(state);
  for (const timeMs of [1, 5, 6, 7]) windows.set(timeMs, 'a', timeMs);
  commit(state);
  expect(windows.get(9, 'x')).toBeUndefined();
  windows.set(9, 'x', 1);
  commit(state);
  expect(state.stats().memoryEntries).toBe(0);
  // The first is in memory when the first time is looked for, and gone when it is asked for again.
  expect(windows.get(1, 'a')).toBe(1);
  expect(windows.firstTimeMs()).toBe(1);
  for (const timeMs of [5, 6, 7, 5, 6, 7]) windows.get(timeMs, 'a');
  expect(windows.firstTimeMs()).toBe(1);
  windows.set(9, 'x', 2);
  expect(windows.size).toBe(5);
  await state.close();
});

test('checkpoints come at their interval, and not when nothing was committed', async () => {
  let nowMs = 1_000;
  const state = await open({ nowMs: () => nowMs });
  const { counts } = storesOf(state);
  const checkpoints = () => state.stats().checkpoints;
  counts.set('a', 1);
  commit(state);
  expect(checkpoints()).toBe(0);
  nowMs += 30_000;
  commit(state);
  expect(checkpoints()).toBe(1);
  nowMs += 30_000;
  commit(state);
  expect(checkpoints()).toBe(1);
  counts.set('a', 2);
  commit(state);
  expect(checkpoints()).toBe(2);
  expect(state.stats().lastCheckpointAtMs).toBe(nowMs);
  await state.close();
});

test('closing writes what is committed, and nothing else', async () => {
  const directory = join(temporaryDirectory(), 'state');
  const state = await openTaskState({ directory, ...counterSpecs });
  storesOf(state).counts.set('committed', 1);
  commit(state);
  storesOf(state).counts.set('uncommitted', 2);
  await state.close();
  const again = await openTaskState({ directory, ...counterSpecs });
  expect([...storesOf(again).counts.entries()]).toEqual([['committed', 1]]);
  expect(again.nextOffset('counts')).toBe(1);
  await again.close();
});

test('a standby follows the changelog and goes on where the active task left off', async () => {
  const changelog = createTestChangelog();
  const active = await open();
  const standby = await open();
  const { counts, windows } = storesOf(active);
  for (let round = 0; round < 5; round += 1) {
    for (let number = 0; number < 100; number += 1) {
      counts.set(`key-${number}`, round);
      windows.set(round * 10, `key-${number}`, round);
    }
    windows.dropBefore(round * 10 - 20);
    active.committed(changelog.append(active.takeChanges()));
    changelog.replay(standby);
  }
  await standby.promote();
  expect(showCounters(standby)).toEqual(showCounters(active));
  storesOf(standby).counts.set('key-0', 7);
  expect(readable(standby.takeChanges())).toEqual(['key-0 7']);
  await Promise.all([active.close(), standby.close()]);
});
