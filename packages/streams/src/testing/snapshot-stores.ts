import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import { createMemoryTimedStore } from '../stores/memory-timed-store.ts';
import type { KeyedStore, Stores, TimedStore } from '../stores/store.ts';

/**
 * Stores that can be opened again, where every value comes back as it was when it was last set: one that was
 * changed in place and not set again has lost its change.
 */
export interface SnapshotStores extends Stores {
  reopen(): void;
  /** Entries of all stores. */
  readonly size: number;
}

export const createSnapshotStores = (): SnapshotStores => {
  const opened = new Map<string, Reopened<unknown>>();
  const open = <S>(name: string, create: () => Reopened<S>): S => {
    const known = opened.get(name) ?? create();
    opened.set(name, known as Reopened<unknown>);
    return known.store as S;
  };
  return {
    keyed: <V>(spec: { name: string }) => open(spec.name, () => keyedSnapshots<V>()),
    timed: <V>({ name, byKey = false }: { name: string; byKey?: boolean }) =>
      open(name, () => timedSnapshots<V>(byKey)),
    reopen() {
      for (const one of opened.values()) one.reopen();
    },
    get size() {
      return [...opened.values()].reduce((sum, one) => sum + one.size(), 0);
    },
  };
};

interface Reopened<S> {
  readonly store: S;
  reopen(): void;
  size(): number;
}

const keyedSnapshots = <V>(): Reopened<KeyedStore<V>> => {
  const kept = createMemoryKeyedStore<V>();
  let live = createMemoryKeyedStore<V>();
  return {
    store: {
      get: (key) => live.get(key),
      set(key, value) {
        live.set(key, value);
        kept.set(key, structuredClone(value));
      },
      delete(key) {
        live.delete(key);
        kept.delete(key);
      },
      entries: (prefix) => live.entries(prefix),
      get size() {
        return live.size;
      },
    },
    reopen() {
      live = createMemoryKeyedStore<V>();
      for (const [key, value] of kept.entries()) live.set(key, structuredClone(value));
    },
    size: () => kept.size,
  };
};

const timedSnapshots = <V>(byKey: boolean): Reopened<TimedStore<V>> => {
  const kept = createMemoryTimedStore<V>();
  let live = createMemoryTimedStore<V>({ byKey });
  return {
    store: {
      get: (timeMs, key) => live.get(timeMs, key),
      set(timeMs, key, value) {
        live.set(timeMs, key, value);
        kept.set(timeMs, key, structuredClone(value));
      },
      delete(timeMs, key) {
        live.delete(timeMs, key);
        kept.delete(timeMs, key);
      },
      firstTimeMs: () => live.firstTimeMs(),
      at: (timeMs) => live.at(timeMs),
      times: (fromMs, toMs) => live.times(fromMs, toMs),
      keyTimes: (key, fromMs, toMs) => live.keyTimes(key, fromMs, toMs),
      dropBefore(timeMs) {
        live.dropBefore(timeMs);
        kept.dropBefore(timeMs);
      },
      get size() {
        return live.size;
      },
    },
    reopen() {
      live = createMemoryTimedStore<V>({ byKey });
      for (const timeMs of kept.times()) {
        for (const [key, value] of kept.at(timeMs)) live.set(timeMs, key, structuredClone(value));
      }
    },
    size: () => kept.size,
  };
};
