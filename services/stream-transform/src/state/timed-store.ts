import type { TimedStore, ValueCodec } from '@millrace/streams';
import { createChanges } from './changes.ts';
import type { DiskStore } from './disk.ts';
import { type DurableStore, ENTRY_BYTES, INDEX_BYTES, liveBytes } from './durable-store.ts';
import { DELETED, DIRTY, ENCODED, type Entry, newEntry, ON_DISK, SENT, USED } from './entry.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { createSecondChance } from './second-chance.ts';
import { readText, readTime, TIME_BYTES } from './storage-key.ts';
import { createTimedDisk } from './timed-disk.ts';
import { createTimedMemory } from './timed-memory.ts';

/**
 * A timed store over memory and disk: in memory a map of keys for each time, with the rules of the keyed
 * store. What is dropped leaves memory at once and is hidden on disk until the checkpoint that removes it.
 */
export const createDurableTimedStore = <V>(
  codec: ValueCodec<V>,
  diskStore: DiskStore,
  budget: MemoryBudget,
  options: { readonly byKey: boolean },
): DurableStore<TimedStore<V>> => {
  const disk = createTimedDisk(diskStore);
  const memory = createTimedMemory(options.byKey);
  const entryBytes = ENTRY_BYTES + (options.byKey ? INDEX_BYTES : 0);
  let evictedCount = 0;
  let isComplete = diskStore.count === 0;
  let size = diskStore.count;
  /** Since the changes were last taken. */
  let hasDropped = false;
  // What the disk was asked for last and does not have.
  let missedTimeMs = 0;
  let missedKey: string | undefined;

  const chances = createSecondChance({
    entries: memory.entries,
    entryCount: () => memory.entryCount,
    mayGo: ({ bucket }) => !disk.isHidden(bucket!.timeMs),
    remove: memory.remove,
  });

  const decode = (entry: Entry): V => {
    const start = entry.start + entry.keyBytes;
    const value = codec.decode(entry.chunk!.subarray(start, start + entry.valueBytes));
    entry.value = value;
    entry.flags &= ~ENCODED;
    return value;
  };

  const settle = (entry: Entry): void => {
    if (!budget.isFull) {
      decode(entry);
      return;
    }
    memory.remove(entry);
    isComplete = false;
    disk.revealed();
  };

  const changes = createChanges(codec as ValueCodec<unknown>, memory.remove, settle);

  const insert = (timeMs: number, key: string, flags: number, isLive = true): Entry => {
    // Before it is in, so that it is not the one to go.
    if (memory.entryCount >= durable.askAt) budget.ask();
    missedKey = undefined;
    chances.inserted();
    return memory.insert(timeMs, key, flags, isLive);
  };

  const isOnDisk = (timeMs: number, key: string): boolean =>
    !isComplete && !(key === missedKey && timeMs === missedTimeMs) && disk.has(timeMs, key);

  const clear = (entry: Entry): void => {
    entry.value = undefined;
    entry.flags &= ~ENCODED;
    if (entry.flags & SENT) {
      memory.unlist(entry);
      entry.flags |= DELETED;
      changes.mark(entry);
      return;
    }
    entry.flags &= ~DIRTY;
    if (entry.flags & ON_DISK) {
      memory.unlist(entry);
      entry.flags |= DELETED;
    } else {
      memory.remove(entry);
    }
  };

  const liveValue = (entry: Entry): V =>
    entry.flags & ENCODED ? decode(entry) : (entry.value as V);

  /** It left memory; its tombstone, if it takes one, stays with the changes. */
  const forgetDropped = (entry: Entry): void => {
    if (entry.flags & DELETED) return;
    size -= 1;
    entry.value = undefined;
    entry.flags &= ~ENCODED;
    if (entry.flags & SENT) {
      entry.flags |= DELETED;
      changes.mark(entry);
    } else {
      entry.flags &= ~DIRTY;
    }
  };

  const store: TimedStore<V> = {
    get(timeMs, key) {
      const entry = memory.find(timeMs, key);
      if (entry !== undefined) {
        entry.flags |= USED;
        const value = entry.value as V | undefined;
        return value !== undefined || !(entry.flags & ENCODED) ? value : decode(entry);
      }
      if (isComplete) return undefined;
      const bytes = disk.get(timeMs, key);
      if (bytes === undefined) {
        missedTimeMs = timeMs;
        missedKey = key;
        return undefined;
      }
      const loaded = insert(timeMs, key, ON_DISK | SENT | USED);
      loaded.value = codec.decode(bytes);
      return loaded.value as V;
    },
    set(timeMs, key, value) {
      let entry = memory.find(timeMs, key);
      if (entry === undefined) {
        if (Number.isNaN(timeMs)) throw new TypeError('state is kept by a time, not by NaN');
        const wasThere = isOnDisk(timeMs, key);
        if (!wasThere) size += 1;
        entry = insert(timeMs, key, wasThere ? ON_DISK | SENT | USED : USED);
      } else if (entry.flags & DELETED) {
        entry.flags &= ~DELETED;
        memory.list(entry);
        size += 1;
      }
      entry.value = value;
      if ((entry.flags & (DIRTY | ENCODED)) === DIRTY) return;
      entry.flags &= ~ENCODED;
      changes.mark(entry);
    },
    delete(timeMs, key) {
      let entry = memory.find(timeMs, key);
      if (entry === undefined) {
        if (!isOnDisk(timeMs, key)) return;
        entry = insert(timeMs, key, ON_DISK | SENT);
      } else if (entry.flags & DELETED) {
        return;
      }
      size -= 1;
      clear(entry);
      disk.hid(timeMs);
    },
    firstTimeMs() {
      const inMemory = memory.firstTimeMs();
      if (isComplete) return inMemory;
      const onDisk = disk.firstTimeMs(memory.has);
      if (inMemory === undefined || onDisk === undefined) return inMemory ?? onDisk;
      return Math.min(inMemory, onDisk);
    },
    *at(timeMs) {
      budget.hold();
      try {
        const bucket = memory.bucket(timeMs);
        if (bucket !== undefined) {
          for (const entry of bucket.entries.values()) {
            if (!(entry.flags & DELETED)) yield [entry.key, liveValue(entry)];
          }
        }
        if (isComplete) return;
        for (const { key, value } of disk.at(timeMs)) {
          if (!bucket?.entries.has(key)) yield [key, codec.decode(value)];
        }
      } finally {
        budget.release();
      }
    },
    times(fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY) {
      const inMemory = memory.times(fromMs, toMs);
      if (isComplete) return inMemory;
      return mergeTimes(inMemory, disk.times(fromMs, toMs, memory.has));
    },
    *keyTimes(key, fromMs, toMs) {
      let times = memory.timesOfKey(key, fromMs, toMs);
      if (!isComplete) {
        const onDisk = disk.timesOfKey(key, fromMs, toMs);
        times = mergeTimes(
          times,
          onDisk.filter((timeMs) => !memory.has(timeMs, key)),
        );
      }
      for (const timeMs of times) yield [timeMs, store.get(timeMs, key)!];
    },
    dropBefore(timeMs) {
      if (!isComplete) {
        for (const { time, key } of disk.keysBefore(timeMs)) {
          if (memory.has(time, key)) continue;
          // It stands in no map: only the changes hold it until it is off the disk.
          const nowhere = { timeMs: time, entries: new Map(), live: 0 };
          changes.mark(newEntry(key, nowhere, ON_DISK | SENT | DELETED));
          size -= 1;
        }
      }
      for (const time of memory.times(Number.NEGATIVE_INFINITY, timeMs)) {
        for (const entry of memory.removeTime(time)) forgetDropped(entry);
      }
      disk.hideBefore(timeMs);
      hasDropped = true;
    },
    get size() {
      return size;
    },
  };

  const durable: DurableStore<TimedStore<V>> = {
    store,
    changes,
    take() {
      hasDropped = false;
      return changes.take();
    },
    askAt: 0,
    get memoryEntries() {
      return memory.entryCount;
    },
    memoryBytes: () =>
      memory.entryCount * (entryBytes + liveBytes(changes.averageValueBytes)) +
      memory.keyChars +
      changes.heldBytes,
    get isComplete() {
      return isComplete;
    },
    evict(count) {
      const evicted = chances.evict(count);
      evictedCount += evicted;
      if (evicted > 0) {
        isComplete = false;
        disk.revealed();
      }
      return evicted;
    },
    restore(keyBytes, value) {
      const timeMs = readTime(keyBytes, 0);
      const key = readText(keyBytes, TIME_BYTES, keyBytes.length);
      let entry = memory.find(timeMs, key);
      const wasThere = entry ? !(entry.flags & DELETED) : isOnDisk(timeMs, key);
      if (value === null) {
        if (!wasThere) return;
        if (entry) memory.unlist(entry);
        else entry = insert(timeMs, key, ON_DISK, false);
        size -= 1;
        entry.value = undefined;
        entry.flags = (entry.flags & ~(ENCODED | SENT)) | DELETED;
        disk.hid(timeMs);
      } else {
        if (!entry) entry = insert(timeMs, key, wasThere ? ON_DISK : 0);
        else if (entry.flags & DELETED) memory.list(entry);
        if (!wasThere) size += 1;
        entry.value = undefined;
        entry.flags = (entry.flags & ~DELETED) | ENCODED | SENT;
      }
      changes.restore(entry, keyBytes, value);
    },
    async load(turn) {
      const evictedBefore = evictedCount;
      for (const { timeMs, key, value } of disk.all()) {
        if (memory.has(timeMs, key)) continue;
        insert(timeMs, key, ON_DISK | SENT).value = codec.decode(value);
        if (memory.entryCount % LOADED_A_TURN === 0) await turn();
      }
      // More than was thought, when some had to go again.
      if (evictedCount === evictedBefore) isComplete = true;
    },
    saved() {
      changes.saved();
      disk.changed(hasDropped);
      if (diskStore.count === 0) isComplete = true;
    },
  };
  budget.add(durable);
  return durable;
};

const LOADED_A_TURN = 2_000;

/** Two ascending lists as one, each time once. */
const mergeTimes = (left: readonly number[], right: readonly number[]): number[] =>
  right.length === 0 ? [...left] : [...new Set([...left, ...right])].sort((a, b) => a - b);
