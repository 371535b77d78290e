import type { ValueCodec } from '@millrace/streams';
import { type Arena, createArena } from './arena.ts';
import { checksum } from './checksum.ts';
import type { DiskStore } from './disk.ts';
import { DELETED, DIRTY, ENCODED, type Entry, ON_DISK, PENDING, SENT, UNSAVED } from './entry.ts';
import { TIME_BYTES, textBytesMax, writeText, writeTime } from './storage-key.ts';
import type { ChangelogRecord } from './task-state.ts';

/**
 * What has changed in one store, on its way from memory to the changelog to disk. An entry is *dirty* once an
 * operator set it; *pending* once its bytes were taken for a transaction; *unsaved* once that is committed;
 * and none of the three after a checkpoint. It may be dirty again while it is pending or unsaved: the bytes
 * are those that were taken, the value goes on changing.
 */
export interface Changes {
  /** The entry's value was set, or it was deleted. */
  mark(entry: Entry): void;
  /** A committed entry out of the changelog. */
  restore(entry: Entry, key: Buffer, value: Buffer | null): void;
  take(): ChangelogRecord[];
  committed(): void;
  /** Writes what is unsaved; within the disk's transaction. */
  save(disk: DiskStore): void;
  /** The disk has it: entries are clean, and those that are deleted are forgotten. */
  saved(): void;
  /** Entries of the memory estimate that only a commit, or a checkpoint, makes free. */
  readonly dirtyCount: number;
  readonly unsavedCount: number;
  readonly heldBytes: number;
  /** The average of what a value takes, encoded. */
  readonly averageValueBytes: number;
}

const CHECKSUM_BYTES = 4;

export const createChanges = (
  codec: ValueCodec<unknown>,
  forget: (entry: Entry) => void,
  settle: (entry: Entry) => void,
): Changes => {
  const arena: Arena = createArena();
  let dirty: Entry[] = [];
  let pending: Entry[] = [];
  let unsaved: Entry[] = [];
  let encodedCount = 0;
  let encodedBytes = 0;

  const placeKey = (entry: Entry, room: number): void => {
    const keyRoom = TIME_BYTES + textBytesMax(entry.key);
    const chunk = arena.reserve(keyRoom + room + CHECKSUM_BYTES);
    entry.chunk = chunk;
    entry.start = arena.position;
    const at = entry.bucket ? writeTime(chunk, entry.start, entry.bucket.timeMs) : entry.start;
    entry.keyBytes = writeText(chunk, at, entry.key) - entry.start;
    entry.slotBytes = room;
    arena.position = entry.start + entry.keyBytes + room + CHECKSUM_BYTES;
  };

  const encode = (entry: Entry): ChangelogRecord => {
    if (entry.flags & DELETED) {
      if (entry.chunk === undefined) placeKey(entry, 0);
      entry.valueBytes = -1;
      entry.flags &= ~SENT;
    } else {
      const bytes = codec.encode(entry.value);
      if (entry.chunk === undefined || entry.slotBytes < bytes.length) {
        placeKey(entry, bytes.length);
      }
      const valueStart = entry.start + entry.keyBytes;
      copyInto(entry.chunk!, valueStart, bytes);
      entry.valueBytes = bytes.length;
      entry.flags |= SENT;
      encodedCount += 1;
      encodedBytes += bytes.length;
    }
    const keyEnd = entry.start + entry.keyBytes;
    return {
      key: entry.chunk!.subarray(entry.start, keyEnd),
      value: entry.valueBytes < 0 ? null : entry.chunk!.subarray(keyEnd, keyEnd + entry.valueBytes),
    };
  };

  const keep = (entry: Entry): void => {
    if (entry.flags & UNSAVED) return;
    // A tombstone of what never reached the disk has done its work.
    if (entry.valueBytes < 0 && !(entry.flags & ON_DISK)) {
      entry.chunk = undefined;
      if ((entry.flags & (DELETED | DIRTY)) === DELETED) forget(entry);
      return;
    }
    entry.flags |= UNSAVED;
    unsaved.push(entry);
  };

  return {
    mark(entry) {
      if (entry.flags & DIRTY) return;
      entry.flags |= DIRTY;
      dirty.push(entry);
    },
    restore(entry, key, value) {
      const room = value?.length ?? 0;
      const chunk = arena.reserve(key.length + room + CHECKSUM_BYTES);
      const start = arena.position;
      copyInto(chunk, start, key);
      if (value !== null) copyInto(chunk, start + key.length, value);
      entry.chunk = chunk;
      entry.start = start;
      entry.keyBytes = key.length;
      entry.valueBytes = value === null ? -1 : room;
      entry.slotBytes = room;
      arena.position = start + key.length + room + CHECKSUM_BYTES;
      if (value !== null) {
        encodedCount += 1;
        encodedBytes += room;
      }
      keep(entry);
    },
    take() {
      const records: ChangelogRecord[] = [];
      for (const entry of dirty) {
        // An entry that came and went between two commits is nobody's business.
        if (!(entry.flags & DIRTY)) continue;
        entry.flags = (entry.flags & ~DIRTY) | PENDING;
        records.push(encode(entry));
        pending.push(entry);
      }
      dirty = [];
      return records;
    },
    committed() {
      for (const entry of pending) {
        entry.flags &= ~PENDING;
        keep(entry);
      }
      pending = [];
    },
    save(disk) {
      for (const entry of unsaved) {
        const keyEnd = entry.start + entry.keyBytes;
        if (entry.valueBytes < 0) {
          if (entry.flags & ON_DISK) disk.remove(entry.chunk!, entry.start, keyEnd);
          continue;
        }
        const valueEnd = keyEnd + entry.valueBytes;
        entry.chunk!.writeUInt32LE(checksum(entry.chunk!, entry.start, valueEnd), valueEnd);
        disk.put(entry.chunk!, entry.start, keyEnd, valueEnd + CHECKSUM_BYTES);
      }
    },
    saved() {
      for (const entry of unsaved) {
        entry.flags &= ~UNSAVED;
        if (entry.valueBytes < 0) entry.flags &= ~ON_DISK;
        else entry.flags |= ON_DISK;
        if (entry.flags & ENCODED) settle(entry);
        entry.chunk = undefined;
        entry.slotBytes = 0;
        if ((entry.flags & (DELETED | DIRTY)) === DELETED) forget(entry);
      }
      unsaved = [];
      arena.clear();
    },
    get dirtyCount() {
      return dirty.length + pending.length;
    },
    get unsavedCount() {
      return unsaved.length;
    },
    get heldBytes() {
      return arena.heldBytes;
    },
    get averageValueBytes() {
      return encodedCount === 0 ? 0 : encodedBytes / encodedCount;
    },
  };
};

/** Short runs by hand: below this a copy is quicker than the call that makes it. */
const COPY_FROM = 24;

const copyInto = (target: Buffer, at: number, source: Uint8Array): void => {
  if (source.length > COPY_FROM) {
    target.set(source, at);
    return;
  }
  for (let index = 0; index < source.length; index += 1) target[at + index] = source[index]!;
};
