/** A map of bounded size that forgets what was used longest ago; for state of clients, who are as many as they like. */
export interface RecentMap<V> {
  /** Counts as a use. */
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  readonly size: number;
}

/** Entries that one `set` looks at to forget one: what is needed is passed over, and the time is bounded. */
const looksMax = 4;

/** @param isNeeded what is still needed is not forgotten, and the bound is exceeded by that much */
export const createRecentMap = <V>(
  sizeMax: number,
  isNeeded: (value: V) => boolean = () => false,
): RecentMap<V> => {
  // A Map iterates in the order of insertion: a use puts the entry to the end.
  const entries = new Map<string, V>();
  let newest: string | undefined;
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value !== undefined && key !== newest) {
        entries.delete(key);
        entries.set(key, value);
        newest = key;
      }
      return value;
    },
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, value);
      newest = key;
      let looks = looksMax;
      for (const [oldest, old] of entries) {
        if (entries.size <= sizeMax || looks === 0) return;
        looks -= 1;
        entries.delete(oldest);
        // Behind the others, so that the next look does not begin with it again.
        if (isNeeded(old)) {
          entries.set(oldest, old);
          newest = oldest;
        }
      }
    },
    delete: (key) => {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
};
