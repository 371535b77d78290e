/** How values of a store become what a changed transform keeps, as the author of the file writes it. */
import type { SlotFold } from '../folds/slot-fold.ts';
import type { StoreSpec } from '../stores/store.ts';

/** Where a value stands that is migrated. */
export interface MigratedEntry {
  readonly key: string;
  /** Of a store by time, ms since 1970 UTC. */
  readonly timeMs?: number;
}

/**
 * Answers with the new value, undefined to leave the entry out. It is asked again for the same old value after a crash
 * before the first commit, so it must answer by its arguments alone.
 */
export type MigrateValue<Old, New> = (old: Old, entry: MigratedEntry) => New | undefined;

/** A migration that says more than how values change. */
export interface StoreMigration<Old, New> {
  /** Reads what the store wrote before; as its codec does now when left out. `plain`: it had none. */
  readonly decode?: ((bytes: Uint8Array) => Old) | 'plain';
  /** `spec`: of the store as it is now. */
  change(old: Old, entry: MigratedEntry, spec: StoreSpec): New | undefined;
  /** Of an aggregate: the folds before. */
  readonly folds?: SlotFold;
}

/** By name of the store. */
export type Migrations = Readonly<
  // biome-ignore lint/suspicious/noExplicitAny: each function knows the values of its own store only.
  Record<string, MigrateValue<any, any> | StoreMigration<any, any>>
>;
