import type { Stores } from '@millrace/streams';

/** A record of a changelog topic. The bytes are valid until the commit they belong to is answered. */
export interface ChangelogRecord {
  readonly key: Buffer;
  /** Null: the entry is gone. */
  readonly value: Buffer | null;
}

/** What changed in one store since changes were last taken: one record an entry, however often it changed. */
export interface StoreChanges {
  readonly store: string;
  readonly records: readonly ChangelogRecord[];
}

/** How the state was found. `rebuilt`: what stood on disk could not be used, and was wiped. */
export type StateOrigin =
  | { readonly kind: 'new' }
  | { readonly kind: 'checkpoint'; readonly takenAtMs: number }
  | { readonly kind: 'rebuilt'; readonly reason: string };

/** Of one task, all its stores together. */
export interface StateStats {
  readonly entries: number;
  readonly memoryEntries: number;
  /** An estimate of what the entries in memory take. */
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly diskReads: number;
  readonly evictions: number;
  readonly checkpoints: number;
  readonly checkpointFailures: number;
  readonly lastCheckpointAtMs: number | undefined;
}

/**
 * The state of one task: its stores in memory, spilled to disk, and as durable as the changelog topics that
 * its caller writes. It does no Kafka itself. Its life: opened from the last checkpoint, brought up to date by
 * `restore` of changelog records from `nextOffset` on, then `promote`d; from there on processed with, and
 * `takeChanges` / `committed` once a transaction. A standby is a state that is restored and not promoted yet.
 *
 * A transaction that failed, or whose outcome is unknown, leaves changes in memory that nobody committed:
 * `close` the state and open it anew. What is on disk never has uncommitted changes.
 */
export interface TaskState {
  readonly stores: Stores;
  readonly origin: StateOrigin;
  /** Names of the stores, as declared. */
  readonly names: readonly string[];
  /** The changelog offset from which the store wants records; 0 when it has nothing. */
  nextOffset(store: string): number;
  /** A changelog record; the bytes are copied. Only before `promote`. */
  restore(store: string, key: Buffer, value: Buffer | null): void;
  /**
   * What lies below these offsets has been restored, of stores named or all of them in several calls. May
   * write a checkpoint when memory asks for one.
   */
  restored(nextOffsets: ReadonlyMap<string, number>): void;
  /** Ends restoring. Loads what is on disk into memory when it fits, so that processing need not ask the disk. */
  promote(): Promise<void>;
  /** Encodes what changed. The next call only after `committed` for this one. */
  takeChanges(): readonly StoreChanges[];
  /**
   * The transaction with the changes last taken is committed, and each store's changelog is to be read from
   * here on (one past its last record; stores without changes may be left out). May write a checkpoint.
   */
  committed(nextOffsets: ReadonlyMap<string, number>): void;
  /** Memory fills with what only a commit can make room for: commit early, and take nothing in meanwhile. */
  readonly wantsCommit: boolean;
  /**
   * Writes what is committed to disk now, atomically with its offsets. False when the disk refuses: the
   * checkpoint before stays as it is, and work goes on in memory. Not between `takeChanges` and `committed`.
   */
  checkpoint(): boolean;
  stats(): StateStats;
  /**
   * Lets go of memory and disk, with a last checkpoint of what is committed; none while a transaction is under
   * way. What is on disk stays for the next opening; with `remove` it goes, too.
   */
  close(options?: { readonly remove?: boolean }): Promise<void>;
}
