import { createSortedTimes } from './sorted-times.ts';
import type { TimedStore } from './store.ts';

/**
 * A timed store that lives and dies with the process: one map of keys for each time, and, when asked for,
 * the times of each key.
 */
export const createMemoryTimedStore = <V>(
  options: { readonly byKey?: boolean } = {},
): TimedStore<V> => {
  const byTime = new Map<number, Map<string, V>>();
  const times = createSortedTimes();
  const timesOfKey = options.byKey
    ? new Map<string, ReturnType<typeof createSortedTimes>>()
    : undefined;
  let size = 0;

  const forgetKeyTime = (key: string, timeMs: number): void => {
    const ofKey = timesOfKey?.get(key);
    ofKey?.delete(timeMs);
    if (ofKey?.first() === undefined) timesOfKey?.delete(key);
  };

  const dropTime = (timeMs: number, entries: ReadonlyMap<string, V>): void => {
    byTime.delete(timeMs);
    times.delete(timeMs);
    size -= entries.size;
    if (timesOfKey) for (const key of entries.keys()) forgetKeyTime(key, timeMs);
  };

  function* entriesAt(key: string, times: readonly number[]): Generator<[number, V]> {
    for (const timeMs of times) yield [timeMs, byTime.get(timeMs)!.get(key)!];
  }

  return {
    get: (timeMs, key) => byTime.get(timeMs)?.get(key),
    set(timeMs, key, value) {
      let entries = byTime.get(timeMs);
      if (entries === undefined) {
        if (Number.isNaN(timeMs)) throw new TypeError('state is kept by a time, not by NaN');
        entries = new Map();
        byTime.set(timeMs, entries);
        times.add(timeMs);
      }
      const before = entries.size;
      entries.set(key, value);
      if (entries.size === before) return;
      size += 1;
      if (timesOfKey === undefined) return;
      let ofKey = timesOfKey.get(key);
      if (ofKey === undefined) {
        ofKey = createSortedTimes();
        timesOfKey.set(key, ofKey);
      }
      ofKey.add(timeMs);
    },
    delete(timeMs, key) {
      const entries = byTime.get(timeMs);
      if (!entries?.delete(key)) return;
      size -= 1;
      forgetKeyTime(key, timeMs);
      if (entries.size > 0) return;
      byTime.delete(timeMs);
      times.delete(timeMs);
    },
    firstTimeMs: () => times.first(),
    at: (timeMs) => byTime.get(timeMs) ?? [],
    times: (fromMs, toMs) => times.between(fromMs, toMs),
    keyTimes(key, fromMs, toMs) {
      if (timesOfKey === undefined) throw new TypeError('the store is not declared with byKey');
      const found = timesOfKey.get(key)?.between(fromMs, toMs);
      // Mostly there is nothing, which then costs no iterator.
      return found === undefined || found.length === 0 ? [] : entriesAt(key, found);
    },
    dropBefore(timeMs) {
      for (;;) {
        const first = times.first();
        if (first === undefined || first >= timeMs) return;
        dropTime(first, byTime.get(first)!);
      }
    },
    get size() {
      return size;
    },
  };
};
