import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import type { KeyedStore, KeyedStoreSpec } from '../stores/store.ts';
import type { Emission } from './emission.ts';

/**
 * The store of what has changed and was not told yet; none where every commit tells all. Without it a restart would
 * leave untold what changed since the last telling, and leave standing what was to be taken back.
 */
export const pendingStore = <V>(name: string, emit: Emission): KeyedStoreSpec<V> | undefined =>
  typeof emit === 'object' ? { name: `${name}-pending`, kind: 'keyed', shape: 'v1' } : undefined;

/** Keys and windows, by start, whose results have changed and not been handed on yet. */
export interface PendingUpdates {
  add(startMs: number, key: string): void;
  /** Takes all, key by key; starts ascending. Some of the windows may have closed since. */
  take(visit: (key: string, starts: readonly number[]) => void): void;
}

/** `store`: where they outlive a restart. */
export const createPendingUpdates = (
  store: KeyedStore<number[]> = createMemoryKeyedStore(),
): PendingUpdates => ({
  add(startMs, key) {
    const starts = store.get(key);
    if (starts === undefined) store.set(key, [startMs]);
    else if (insert(starts, startMs)) store.set(key, starts);
  },
  take(visit) {
    for (const [key, starts] of [...store.entries()]) {
      visit(key, starts);
      store.delete(key);
    }
  },
});

/** Answers whether it was not there before. */
const insert = (starts: number[], startMs: number): boolean => {
  let at = starts.length;
  while (at > 0 && starts[at - 1]! > startMs) at -= 1;
  if (starts[at - 1] === startMs) return false;
  starts.splice(at, 0, startMs);
  return true;
};
