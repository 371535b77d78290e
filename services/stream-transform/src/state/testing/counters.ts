import { readFileSync } from 'node:fs';
import type { KeyedStore, KeyedStoreSpec, TimedStore, TimedStoreSpec } from '@millrace/streams';
import { createStateMemory } from '../state-memory.ts';
import type { TaskState } from '../task-state.ts';

/** Two stores of numbers, as the tests of what disks and processes do use them. */
const countSpec: KeyedStoreSpec<number> = { kind: 'keyed', name: 'counts', shape: 'count:v1' };
const windowSpec: TimedStoreSpec<number> = { kind: 'timed', name: 'windows', shape: 'count:v1' };

export const counterSpecs = {
  specs: [countSpec, windowSpec],
  changelogIds: { counts: 'topic-1', windows: 'topic-2' },
  /** Of each state its own. */
  get memory() {
    return createStateMemory(64 * 1024 * 1024);
  },
};

export const storesOf = ({
  stores,
}: TaskState): { counts: KeyedStore<number>; windows: TimedStore<number> } => ({
  counts: stores.keyed(countSpec),
  windows: stores.timed(windowSpec),
});

/** Everything in both stores, sorted. */
export const showCounters = (state: TaskState): readonly string[] => {
  const { counts, windows } = storesOf(state);
  const shown = [...counts.entries()].map(([key, count]) => `${key} ${count}`);
  for (const timeMs of windows.times()) {
    for (const [key, count] of windows.at(timeMs)) shown.push(`${timeMs} ${key} ${count}`);
  }
  return [`${counts.size} ${windows.size}`, ...shown.sort()];
};

/** Restores from a file in which every whole line is a record, and its number the offset. */
export const restoreFromFile = (state: TaskState, path: string): void => {
  const text = readFileSync(path, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n');
  for (const [offset, line] of lines.entries()) {
    const [store, key, value] = JSON.parse(line) as [string, string, string | null];
    if (offset < state.nextOffset(store)) continue;
    state.restore(
      store,
      Buffer.from(key, 'base64'),
      value === null ? null : Buffer.from(value, 'base64'),
    );
  }
  state.restored(new Map(state.names.map((name) => [name, lines.length])));
};
