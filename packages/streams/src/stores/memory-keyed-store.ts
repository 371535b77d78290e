import type { KeyedStore } from './store.ts';

/** A keyed store that lives and dies with the process. */
export const createMemoryKeyedStore = <V>(): KeyedStore<V> => {
  const values = new Map<string, V>();
  return {
    get: (key) => values.get(key),
    set(key, value) {
      values.set(key, value);
    },
    delete(key) {
      values.delete(key);
    },
    *entries(prefix = '') {
      for (const entry of values) if (entry[0].startsWith(prefix)) yield entry;
    },
    get size() {
      return values.size;
    },
  };
};
