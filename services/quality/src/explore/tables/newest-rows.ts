/**
 * When the newest row of each table landed, without reading tables: only parts with inserts that were not seen before are
 * looked into, and of these one column. A merge makes no insert new.
 */
import type { TableFigures } from './read-tables.ts';

export interface NewestRows {
  /** Parts to look into now, by table. */
  due(tables: readonly TableFigures[]): ReadonlyMap<string, readonly string[]>;
  /** What was found there: remembered with what `due` was asked for. */
  found(tables: readonly TableFigures[], newest: ReadonlyMap<string, number>): void;
  of(table: string): number | null;
}

/** Tables of one round; the rest is looked into by the next. */
const tablesMax = 50;

interface Seen {
  readonly blocks: ReadonlyMap<string, number>;
  readonly newestMs: number;
}

export const createNewestRows = (): NewestRows => {
  const seen = new Map<string, Seen>();
  return {
    due: (tables) => {
      const parts = new Map<string, readonly string[]>();
      for (const { table, hasIngested, partitions } of tables) {
        if (!hasIngested || parts.size >= tablesMax) continue;
        const blocks = seen.get(table)?.blocks;
        const fresh = partitions.filter(({ id, block }) => block > (blocks?.get(id) ?? -1));
        if (fresh.length > 0)
          parts.set(
            table,
            fresh.map(({ part }) => part),
          );
      }
      return parts;
    },
    found: (tables, newest) => {
      for (const { table, partitions } of tables) {
        const foundMs = newest.get(table);
        if (foundMs === undefined) continue;
        const before = seen.get(table);
        const blocks = new Map(partitions.map(({ id, block }) => [id, block]));
        seen.set(table, { blocks, newestMs: Math.max(foundMs, before?.newestMs ?? 0) });
      }
      const known = new Set(tables.map(({ table }) => table));
      for (const table of seen.keys()) if (!known.has(table)) seen.delete(table);
    },
    of: (table) => seen.get(table)?.newestMs ?? null,
  };
};
