import { createSortedTimes } from '@millrace/streams';
import { type Bucket, DELETED, type Entry, newEntry } from './entry.ts';

/** A timed store's entries in memory: a map of keys for each time, and the times of each key when asked for. */
export interface TimedMemory {
  readonly entryCount: number;
  /** Characters of all keys. */
  readonly keyChars: number;
  find(timeMs: number, key: string): Entry | undefined;
  has(timeMs: number, key: string): boolean;
  bucket(timeMs: number): Bucket | undefined;
  /** One that is not there. `isLive`: false for what is put there as deleted. */
  insert(timeMs: number, key: string, flags: number, isLive: boolean): Entry;
  /** Out of memory, if it is there; what the entry is elsewhere does not change. */
  remove(entry: Entry): void;
  /** Takes out everything of one time, deleted or not, and returns it. */
  removeTime(timeMs: number): readonly Entry[];
  /** The entry is about to be deleted, or is there again: it is listed under its time and key, or not. */
  unlist(entry: Entry): void;
  list(entry: Entry): void;
  /** Of entries that are not deleted. */
  firstTimeMs(): number | undefined;
  times(fromMs?: number, toMs?: number): number[];
  timesOfKey(key: string, fromMs: number, toMs: number): number[];
  /** Every entry, deleted or not; may be changed meanwhile. */
  entries(): Iterator<Entry>;
}

export const createTimedMemory = (isByKey: boolean): TimedMemory => {
  const buckets = new Map<number, Bucket>();
  const liveTimes = createSortedTimes();
  const timesOfKey = isByKey ? new Map<string, ReturnType<typeof createSortedTimes>>() : undefined;
  let entryCount = 0;
  let keyChars = 0;
  // What was looked up last: operators get and then set it.
  let lastBucket: Bucket | undefined;
  let lastKey: string | undefined;
  let lastEntry: Entry | undefined;

  const bucketAt = (timeMs: number): Bucket | undefined =>
    lastBucket !== undefined && lastBucket.timeMs === timeMs ? lastBucket : buckets.get(timeMs);

  const forgetLast = (): void => {
    lastBucket = undefined;
    lastKey = undefined;
  };

  const addTime = (key: string, timeMs: number): void => {
    let times = timesOfKey!.get(key);
    if (times === undefined) {
      times = createSortedTimes();
      timesOfKey!.set(key, times);
    }
    times.add(timeMs);
  };

  const removeTimeOf = (key: string, timeMs: number): void => {
    const times = timesOfKey?.get(key);
    times?.delete(timeMs);
    if (times !== undefined && times.first() === undefined) timesOfKey!.delete(key);
  };

  const list = (entry: Entry): void => {
    const bucket = entry.bucket!;
    bucket.live += 1;
    if (bucket.live === 1) liveTimes.add(bucket.timeMs);
    if (timesOfKey !== undefined) addTime(entry.key, bucket.timeMs);
  };

  const unlist = (entry: Entry): void => {
    const bucket = entry.bucket!;
    bucket.live -= 1;
    if (bucket.live === 0) liveTimes.delete(bucket.timeMs);
    removeTimeOf(entry.key, bucket.timeMs);
  };

  function* walk(): Generator<Entry> {
    for (const bucket of buckets.values()) yield* bucket.entries.values();
  }

  return {
    get entryCount() {
      return entryCount;
    },
    get keyChars() {
      return keyChars;
    },
    find(timeMs, key) {
      const bucket = bucketAt(timeMs);
      if (bucket === undefined) return undefined;
      if (bucket === lastBucket && key === lastKey) return lastEntry;
      lastBucket = bucket;
      lastKey = key;
      lastEntry = bucket.entries.get(key);
      return lastEntry;
    },
    has: (timeMs, key) => buckets.get(timeMs)?.entries.has(key) ?? false,
    bucket: (timeMs) => buckets.get(timeMs),
    insert(timeMs, key, flags, isLive) {
      let bucket = bucketAt(timeMs);
      if (bucket === undefined) {
        bucket = { timeMs, entries: new Map(), live: 0 };
        buckets.set(timeMs, bucket);
      }
      const entry = newEntry(key, bucket, flags);
      bucket.entries.set(key, entry);
      entryCount += 1;
      keyChars += key.length;
      if (isLive) list(entry);
      lastBucket = bucket;
      lastKey = key;
      lastEntry = entry;
      return entry;
    },
    remove(entry) {
      const bucket = entry.bucket!;
      if (bucket.entries.get(entry.key) !== entry) return;
      bucket.entries.delete(entry.key);
      if (!(entry.flags & DELETED)) unlist(entry);
      if (bucket.entries.size === 0) buckets.delete(bucket.timeMs);
      entryCount -= 1;
      keyChars -= entry.key.length;
      forgetLast();
    },
    removeTime(timeMs) {
      const bucket = buckets.get(timeMs)!;
      buckets.delete(timeMs);
      liveTimes.delete(timeMs);
      for (const { key, flags } of bucket.entries.values()) {
        if (!(flags & DELETED)) removeTimeOf(key, timeMs);
        keyChars -= key.length;
      }
      entryCount -= bucket.entries.size;
      forgetLast();
      const entries = [...bucket.entries.values()];
      // Who still has one of them asks its bucket whether it is in there.
      bucket.entries.clear();
      return entries;
    },
    unlist,
    list,
    firstTimeMs: () => liveTimes.first(),
    times: (fromMs, toMs) => liveTimes.between(fromMs, toMs),
    timesOfKey(key, fromMs, toMs) {
      if (timesOfKey === undefined) throw new TypeError('the store is not declared with byKey');
      return timesOfKey.get(key)?.between(fromMs, toMs) ?? [];
    },
    entries: walk,
  };
};
