import type { NameOperator } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';

/** A join of a stream with the rows of a table. */
export interface StreamTableJoin<V, T, R> {
  readonly combine: (value: V, row: T, info: RecordInfo) => R;
  /** Records without a row: left out, or joined with null. */
  readonly kind: 'inner' | 'left';
}

/**
 * Joins each record of input 0 with the row of its key in the table at input 1, as the table stands when the
 * record comes. A change of the table by itself hands on nothing. What the table holds at the first start of a task is
 * read before the first record.
 */
export const streamTableJoinOperator =
  <V, T, R>({ combine, kind }: StreamTableJoin<V, T, R>): NameOperator =>
  (name) => {
    const rowsSpec: KeyedStoreSpec<T> = { kind: 'keyed', name, shape: 'row:v1' };
    return {
      kind: 'table-join',
      stores: [rowsSpec],
      readFirst: [1],
      create: ({ keyed, emit, skip }) => {
        const rows = keyed(rowsSpec);
        return {
          process: (flow, port) => {
            const { key, timeMs, watermarkMs } = flow;
            if (key === null) {
              skip('no-key');
              return;
            }
            if (port === 1) {
              if (flow.value === null) rows.delete(key);
              else rows.set(key, flow.value as T);
              return;
            }
            const row = rows.get(key);
            if (row === undefined && kind === 'inner') return;
            const value = combine(flow.value as V, (row ?? null) as T, flow);
            emit({ key, value, timeMs, watermarkMs });
          },
        };
      },
    };
  };
