import type { KeyedStore, ValueCodec } from '@millrace/streams';
import { createChanges } from './changes.ts';
import type { DiskStore } from './disk.ts';
import { MARK_BYTE } from './disk-key.ts';
import { type DurableStore, ENTRY_BYTES, liveBytes } from './durable-store.ts';
import { DELETED, DIRTY, ENCODED, type Entry, newEntry, ON_DISK, SENT, USED } from './entry.ts';
import type { MemoryBudget } from './memory-budget.ts';
import { createSecondChance } from './second-chance.ts';
import { type KeyView, readText, textBytesMax, writeText } from './storage-key.ts';

/**
 * A keyed store over memory and disk. Memory holds what is changed and what was asked for lately, and hides
 * what the disk has of it; a deleted key stays there as such until the disk has forgotten it, too.
 */
export const createDurableKeyedStore = <V>(
  codec: ValueCodec<V>,
  disk: DiskStore,
  budget: MemoryBudget,
): DurableStore<KeyedStore<V>> => {
  const entries = new Map<string, Entry>();
  let evictedCount = 0;
  let isComplete = disk.count === 0;
  let size = disk.count;
  let keyChars = 0;
  // What was looked up last: operators get a key and then set it. Undefined: it is nowhere.
  let lastKey: string | undefined;
  let lastEntry: Entry | undefined;

  const drop = (entry: Entry): void => {
    if (entries.get(entry.key) !== entry) return;
    entries.delete(entry.key);
    keyChars -= entry.key.length;
    lastKey = undefined;
  };

  const chances = createSecondChance({
    entries: () => entries.values(),
    entryCount: () => entries.size,
    remove: drop,
  });

  const decode = (entry: Entry): V => {
    const start = entry.start + entry.keyBytes;
    const value = codec.decode(entry.chunk!.subarray(start, start + entry.valueBytes));
    entry.value = value;
    entry.flags &= ~ENCODED;
    return value;
  };

  /** Its bytes go with the checkpoint: it stays decoded, or goes, too. */
  const settle = (entry: Entry): void => {
    if (!budget.isFull) {
      decode(entry);
      return;
    }
    drop(entry);
    isComplete = false;
  };

  const changes = createChanges(codec as ValueCodec<unknown>, drop, settle);

  const insert = (key: string, flags: number): Entry => {
    // Before it is in, so that it is not the one to go.
    if (entries.size >= durable.askAt) budget.ask();
    const entry = newEntry(key, undefined, flags);
    entries.set(key, entry);
    keyChars += key.length;
    chances.inserted();
    lastKey = key;
    lastEntry = entry;
    return entry;
  };

  const find = (key: string): Entry | undefined => {
    if (key === lastKey) return lastEntry;
    const entry = entries.get(key);
    if (entry !== undefined) {
      lastKey = key;
      lastEntry = entry;
    }
    return entry;
  };

  const readDisk = (key: string): V | undefined => {
    const view = scratchView(key);
    const bytes = disk.get(view);
    if (bytes === undefined) {
      lastKey = key;
      lastEntry = undefined;
      return undefined;
    }
    const entry = insert(key, ON_DISK | SENT | USED);
    entry.value = codec.decode(bytes);
    return entry.value as V;
  };

  const isOnDisk = (key: string): boolean =>
    !isComplete && key !== lastKey && disk.has(scratchView(key));

  const clear = (entry: Entry): void => {
    entry.value = undefined;
    entry.flags &= ~ENCODED;
    if (entry.flags & SENT) {
      entry.flags |= DELETED;
      changes.mark(entry);
      return;
    }
    entry.flags &= ~DIRTY;
    if (entry.flags & ON_DISK) entry.flags |= DELETED;
    else drop(entry);
  };

  const store: KeyedStore<V> = {
    get(key) {
      const entry = find(key);
      if (entry === undefined) {
        return isComplete || key === lastKey ? undefined : readDisk(key);
      }
      entry.flags |= USED;
      const value = entry.value as V | undefined;
      if (value !== undefined || !(entry.flags & ENCODED)) return value;
      return decode(entry);
    },
    set(key, value) {
      let entry = find(key);
      if (entry === undefined) {
        const wasThere = isOnDisk(key);
        if (!wasThere) size += 1;
        entry = insert(key, wasThere ? ON_DISK | SENT | USED : USED);
      } else if (entry.flags & DELETED) {
        entry.flags &= ~DELETED;
        size += 1;
      }
      entry.value = value;
      if ((entry.flags & (DIRTY | ENCODED)) === DIRTY) return;
      entry.flags &= ~ENCODED;
      changes.mark(entry);
    },
    delete(key) {
      let entry = find(key);
      if (entry === undefined) {
        if (!isOnDisk(key)) return;
        entry = insert(key, ON_DISK | SENT);
      } else if (entry.flags & DELETED) {
        return;
      }
      size -= 1;
      clear(entry);
    },
    *entries(prefix = '') {
      budget.hold();
      try {
        for (const entry of entries.values()) {
          if (entry.flags & DELETED || !entry.key.startsWith(prefix)) continue;
          yield [entry.key, entry.flags & ENCODED ? decode(entry) : (entry.value as V)];
        }
        if (isComplete) return;
        for (const { key, value } of onDisk(prefix)) {
          const text = readText(key, 0, key.length);
          if (!entries.has(text) && text.startsWith(prefix)) yield [text, codec.decode(value)];
        }
      } finally {
        budget.release();
      }
    },
    get size() {
      return size;
    },
  };

  function* onDisk(prefix: string) {
    const start = Buffer.from(prefix);
    if (start.length === 0) {
      yield* disk.range(wholeOf(Buffer.of(0)));
      return;
    }
    yield* disk.range(wholeOf(start), wholeOf(afterAll(start)));
    // Empty and long keys stand behind all others.
    yield* disk.range(wholeOf(Buffer.of(MARK_BYTE)));
  }

  const durable: DurableStore<KeyedStore<V>> = {
    store,
    changes,
    take: () => changes.take(),
    askAt: 0,
    get memoryEntries() {
      return entries.size;
    },
    memoryBytes: () =>
      entries.size * (ENTRY_BYTES + liveBytes(changes.averageValueBytes)) +
      keyChars +
      changes.heldBytes,
    get isComplete() {
      return isComplete;
    },
    evict(count) {
      const evicted = chances.evict(count);
      evictedCount += evicted;
      if (evicted > 0) isComplete = false;
      return evicted;
    },
    restore(keyBytes, value) {
      const key = readText(keyBytes, 0, keyBytes.length);
      let entry = entries.get(key);
      const wasThere = entry ? !(entry.flags & DELETED) : isOnDisk(key);
      if (value === null) {
        if (!wasThere) return;
        entry ??= insert(key, ON_DISK);
        size -= 1;
        entry.value = undefined;
        entry.flags = (entry.flags & ~(ENCODED | SENT)) | DELETED;
      } else {
        entry ??= insert(key, wasThere ? ON_DISK : 0);
        if (!wasThere) size += 1;
        entry.value = undefined;
        entry.flags = (entry.flags & ~DELETED) | ENCODED | SENT;
      }
      changes.restore(entry, keyBytes, value);
    },
    async load(turn) {
      const evictedBefore = evictedCount;
      for (const { key, value } of disk.range(wholeOf(Buffer.of(0)))) {
        const text = readText(key, 0, key.length);
        if (entries.has(text)) continue;
        insert(text, ON_DISK | SENT).value = codec.decode(value);
        if (entries.size % LOADED_A_TURN === 0) await turn();
      }
      // More than was thought, when some had to go again.
      if (evictedCount === evictedBefore) isComplete = true;
    },
    saved() {
      changes.saved();
      if (disk.count === 0) isComplete = true;
    },
  };
  budget.add(durable);
  return durable;
};

const LOADED_A_TURN = 2_000;

let scratch = Buffer.allocUnsafeSlow(4096);
const view: KeyView = { bytes: scratch, start: 0, end: 0 };

/** The key's bytes, until the next call. */
const scratchView = (key: string): KeyView => {
  if (textBytesMax(key) > scratch.length) scratch = Buffer.allocUnsafeSlow(textBytesMax(key));
  view.bytes = scratch;
  view.end = writeText(scratch, 0, key);
  return view;
};

const wholeOf = (bytes: Buffer): KeyView => ({ bytes, start: 0, end: bytes.length });

/** The least bytes above everything that begins with these. UTF-8 has no byte 255, so the last can grow. */
const afterAll = (bytes: Buffer): Buffer => {
  const after = Buffer.from(bytes);
  after[after.length - 1]! += 1;
  return after;
};
