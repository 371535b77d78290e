import type { Changes } from './changes.ts';
import type { BudgetedStore } from './memory-budget.ts';
import type { ChangelogRecord } from './task-state.ts';

/** What a task does with each of its stores, whatever their kind. */
export interface DurableStore<S> extends BudgetedStore {
  readonly store: S;
  readonly changes: Changes;
  /** What changed, for a transaction. */
  take(): ChangelogRecord[];
  /** A changelog record; the bytes are copied. */
  restore(key: Buffer, value: Buffer | null): void;
  /** What lies on disk is brought into memory; `turn` is awaited now and then. */
  load(turn: () => Promise<void>): Promise<void>;
  /** Nothing lies on disk that is not in memory, too. */
  readonly isComplete: boolean;
  /** The disk has what was unsaved. */
  saved(): void;
}

/** Objects of an entry and its places in maps and lists, measured; its key and value come on top. */
export const ENTRY_BYTES = 190;

/** The place of an entry in the index by key, when each key has few times. */
export const INDEX_BYTES = 250;

/** What a live value takes, by what it takes encoded: objects are wider than their bytes. */
export const liveBytes = (encodedBytes: number): number =>
  encodedBytes <= 5 ? 8 : 24 + encodedBytes * 3;
