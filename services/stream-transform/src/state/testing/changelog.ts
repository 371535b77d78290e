import type { StoreChanges, TaskState } from '../task-state.ts';

/** A changelog topic's partition by store, as an array: what a broker would keep of it. */
export interface TestChangelog {
  /** Appends and answers with each store's next offset. */
  append(changes: readonly StoreChanges[]): ReadonlyMap<string, number>;
  /** Hands the state what it lacks, in batches of so many records. */
  replay(state: TaskState, batchRecords?: number): void;
  /** Drops every record that a later one of its key replaces. */
  compact(): void;
  readonly recordCount: number;
}

interface Kept {
  readonly offset: number;
  readonly key: Buffer;
  readonly value: Buffer | null;
}

export const createTestChangelog = (): TestChangelog => {
  const logs = new Map<string, Kept[]>();
  const ends = new Map<string, number>();
  return {
    append(changes) {
      for (const { store, records } of changes) {
        const log = logs.get(store) ?? [];
        logs.set(store, log);
        for (const { key, value } of records) {
          const offset = ends.get(store) ?? 0;
          log.push({ offset, key: Buffer.from(key), value: value && Buffer.from(value) });
          ends.set(store, offset + 1);
        }
      }
      return new Map(ends);
    },
    replay(state, batchRecords = 100) {
      for (const [store, log] of logs) {
        const wanted = log.filter(({ offset }) => offset >= state.nextOffset(store));
        for (const [index, { offset, key, value }] of wanted.entries()) {
          state.restore(store, key, value);
          if (index % batchRecords === 0) state.restored(new Map([[store, offset + 1]]));
        }
      }
      state.restored(new Map(ends));
    },
    compact() {
      for (const [store, log] of logs) {
        const latest = new Map(log.map((record) => [record.key.toString('hex'), record]));
        logs.set(
          store,
          log.filter((record) => latest.get(record.key.toString('hex')) === record),
        );
      }
    },
    get recordCount() {
      return [...logs.values()].reduce((sum, log) => sum + log.length, 0);
    },
  };
};
