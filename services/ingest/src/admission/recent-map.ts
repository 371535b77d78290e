/** A map of bounded size that forgets what was used longest ago; for state of clients, who are as many as they like. */
export interface RecentMap<V> {
  /** Counts as a use. */
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  readonly size: number;
}

/** Entries that are looked at to forget one: what is needed is passed over, and the time is bounded. */
const looksMax = 4;
/**
 * One of so many is forgotten in a round: on its way to the oldest one V8 walks over what was deleted before it, which took 16 µs
 * of each new one among 10,000.
 */
const roundPart = 16;

/** @param isNeeded what is still needed is not forgotten, and the bound is exceeded by that much */
export const createRecentMap = <V>(
  sizeMax: number,
  isNeeded: (value: V) => boolean = () => false,
): RecentMap<V> => {
  // A Map iterates in the order of insertion: a use puts the entry to the end.
  const entries = new Map<string, V>();
  let newest: string | undefined;
  const round = Math.floor(sizeMax / roundPart);
  let roundAt = sizeMax + 1;
  const forget = (): void => {
    let looks = looksMax * (round + 1);
    for (const [oldest, old] of entries) {
      if (entries.size <= sizeMax - round || looks === 0) break;
      looks -= 1;
      entries.delete(oldest);
      // Behind the others, so that the next look does not begin with it again.
      if (isNeeded(old)) {
        entries.set(oldest, old);
        newest = oldest;
      }
    }
    roundAt = Math.max(sizeMax, entries.size + round) + 1;
  };
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
      if (entries.size >= roundAt) forget();
    },
    delete: (key) => {
      entries.delete(key);
    },
    get size() {
      return entries.size;
    },
  };
};
