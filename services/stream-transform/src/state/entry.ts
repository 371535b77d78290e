/**
 * An entry of a store in memory: the live value, and, between a commit and the checkpoint after it, where its
 * committed bytes stand. Made once a key and changed in place: it is the hottest object of the service.
 */
export interface Entry {
  readonly key: string;
  /** The entries of its time, in a timed store. */
  readonly bucket: Bucket | undefined;
  /** Undefined: deleted, or not decoded yet. */
  value: unknown;
  flags: number;
  /** `[key][value][room for a checksum]` as last handed out or restored. */
  chunk: Buffer | undefined;
  start: number;
  keyBytes: number;
  /** -1: deleted. */
  valueBytes: number;
  /** What the value may grow to where it stands. */
  slotBytes: number;
}

export interface Bucket {
  readonly timeMs: number;
  readonly entries: Map<string, Entry>;
  /** How many of them are not deleted. */
  live: number;
}

/** Changed since changes were last taken. */
export const DIRTY = 1;
/** Taken, and the commit has not answered yet. */
export const PENDING = 2;
/** Committed, and not on disk yet: `chunk` has the committed bytes. */
export const UNSAVED = 4;
/** The changelog's last record of the key is a value, so deleting takes a tombstone. */
export const SENT = 8;
/** The key is on disk. */
export const ON_DISK = 16;
export const DELETED = 32;
/** The value stands encoded in `chunk` only. */
export const ENCODED = 64;
/** Asked for since eviction last passed. */
export const USED = 128;

export const newEntry = (key: string, bucket: Bucket | undefined, flags: number): Entry => ({
  key,
  bucket,
  value: undefined,
  flags,
  chunk: undefined,
  start: 0,
  keyBytes: 0,
  valueBytes: -1,
  slotBytes: 0,
});

/** Nothing but memory would be lost with it. */
export const isEvictable = (entry: Entry): boolean =>
  (entry.flags & (DIRTY | PENDING | UNSAVED | DELETED | ENCODED)) === 0;
