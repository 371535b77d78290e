import type { KeyView } from './storage-key.ts';

/** A record on disk; the bytes are the caller's. */
export interface DiskRecord {
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * What a store has on disk, as of the last checkpoint. Reading throws `transform.state-corrupt` when a
 * checksum or a page does not hold; the state is then rebuilt at its next opening.
 */
export interface DiskStore {
  /** Records at the last checkpoint. */
  readonly count: number;
  get(key: KeyView): Buffer | undefined;
  has(key: KeyView): boolean;
  /** Records whose key is not below `from` and, when given, below `to`, by key. */
  range(from: KeyView, to?: KeyView): Iterable<DiskRecord>;
  /** As `range`, without the values. */
  keys(from: KeyView, to?: KeyView): Iterable<Buffer>;
  /** The greatest key; of a long one only its beginning is what it is. */
  lastKey(): Buffer | undefined;
  /** Times of one key from `fromMs` up to, not including, `toMs`, ascending; of stores with that index. */
  timesOfKey(key: string, fromMs: number, toMs: number): number[];
  /** Within a transaction only. Key and value (with its checksum) follow one another in `bytes`. */
  put(bytes: Buffer, keyStart: number, keyEnd: number, valueEnd: number): void;
  /** Within a transaction only. */
  remove(bytes: Buffer, keyStart: number, keyEnd: number): void;
}

/** Where the changelogs stood when a checkpoint was taken. */
export interface CheckpointMark {
  readonly takenAtMs: number;
  /** By store: the changelog offset to read next. */
  readonly nextOffsets: Readonly<Record<string, number>>;
}

export interface Disk {
  store(name: string): DiskStore;
  readonly mark: CheckpointMark | undefined;
  /**
   * Runs `work`, which puts and removes, and writes the mark, all or nothing. Throws what the disk answers,
   * with everything as it was before; `transform.state-taken-over` when another has opened the directory since.
   */
  save(mark: CheckpointMark, work: () => void): void;
  readonly reads: number;
  bytes(): number;
  /** `clean`: everything is flushed, so the next opening may trust it even after the machine has stopped. */
  close(options: { readonly flush: boolean }): Promise<void>;
}

const noRecords: DiskStore = {
  count: 0,
  get: () => undefined,
  has: () => false,
  range: () => [],
  keys: () => [],
  lastKey: () => undefined,
  timesOfKey: () => [],
  put: () => undefined,
  remove: () => undefined,
};

/** In place of a disk that cannot be used: everything stays in memory, and in the changelog. */
export const createAbsentDisk = (reason: Error): Disk => ({
  store: () => noRecords,
  mark: undefined,
  reads: 0,
  save() {
    throw reason;
  },
  bytes: () => 0,
  close: () => Promise.resolve(),
});
