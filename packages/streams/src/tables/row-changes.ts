import type { NameOperator } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import { compareValues } from '../value-order.ts';

/** A row before and after it changed; null where there is none. */
export interface RowUpdate<T> {
  readonly old: T | null;
  readonly new: T | null;
}

/** Keeps the rows of a table and hands on what changes; a row that comes again as it was is no change. */
export const rowChangesOperator = (): NameOperator => (name) => {
  const spec: KeyedStoreSpec = { kind: 'keyed', name, shape: 'row:v1' };
  return {
    kind: 'row-changes',
    stores: [spec],
    create: ({ keyed, emit, skip }) => {
      const rows = keyed(spec);
      return {
        process: (flow) => {
          const { key, value, timeMs, watermarkMs } = flow;
          if (key === null) {
            skip('no-key');
            return;
          }
          const old = rows.get(key) ?? null;
          if (compareValues(old, value) === 0) {
            skip('unchanged');
            return;
          }
          if (value === null) rows.delete(key);
          else rows.set(key, value);
          const update: RowUpdate<unknown> = { old, new: value };
          emit({ key, value: update, timeMs, watermarkMs });
        },
      };
    },
  };
};
