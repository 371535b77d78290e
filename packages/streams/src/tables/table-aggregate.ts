import type { NameOperator } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import type { RowUpdate } from './row-changes.ts';

/** What is known of the rows of a group, kept current as rows come, change and go. */
export interface TableAggregate<T, A> {
  /** Of a group without rows. Accumulators are plain values, and handed on as they are: never changed in place. */
  readonly init: () => A;
  /** A new accumulator, with the row. */
  readonly add: (accumulator: A, row: T) => A;
  /** A new accumulator, without a row that was added before. */
  readonly subtract: (accumulator: A, row: T) => A;
  /** What an accumulator is, e.g. `total:v1`: change it when that changes. */
  readonly shape?: string;
}

interface Group<A> {
  readonly rows: number;
  readonly value: A;
}

/**
 * Aggregates a table by group. Of a row that changed the old one is subtracted before the new one is added;
 * a group without rows is gone.
 */
export const tableAggregateOperator =
  <T, A>({ init, add, subtract, shape = 'group:v1' }: TableAggregate<T, A>): NameOperator =>
  (name) => {
    const spec: KeyedStoreSpec<Group<A>> = { kind: 'keyed', name, shape };
    return {
      kind: 'table-aggregate',
      stores: [spec],
      create: ({ keyed, emit }) => {
        const groups = keyed(spec);
        return {
          process: (flow) => {
            const { key, timeMs, watermarkMs } = flow;
            const { old, new: now } = flow.value as RowUpdate<T>;
            const group = groups.get(key!) ?? { rows: 0, value: init() };
            const without = old === null ? group.value : subtract(group.value, old);
            const value = now === null ? without : add(without, now);
            const rows = group.rows - Number(old !== null) + Number(now !== null);
            if (rows > 0) groups.set(key!, { rows, value });
            else groups.delete(key!);
            emit({ key, value: rows > 0 ? value : null, timeMs, watermarkMs });
          },
        };
      },
    };
  };
