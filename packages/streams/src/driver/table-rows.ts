import type { RowChange } from '../dsl/contract-types.ts';

/** A change of a captured table as it is piped: the row as it is now, null when it is gone, or the whole change. */
export type PipedRow = unknown;

/** The rows of captured tables, so that a test tells only what is new. */
export interface TableRows {
  /** What happened, with the row as it was before. */
  changeOf(contract: string, key: string, value: PipedRow): RowChange<unknown>;
}

const isChange = (value: PipedRow): value is RowChange<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  'op' in value &&
  'before' in value &&
  'after' in value;

/** The row that a piped value is about, null when it says only that there is none. */
export const rowOf = (value: PipedRow): unknown =>
  isChange(value) ? (value.after ?? value.before) : value;

export const createTableRows = (): TableRows => {
  const rows = new Map<string, unknown>();
  return {
    changeOf(contract, key, value) {
      const id = `${contract} ${key}`;
      const before = rows.get(id) ?? null;
      const change: RowChange<unknown> = isChange(value)
        ? value
        : { op: value === null ? 'd' : before === null ? 'c' : 'u', before, after: value };
      if (change.after === null) rows.delete(id);
      else rows.set(id, change.after);
      return change;
    },
  };
};
