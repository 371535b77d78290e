import { type KeyPart, keyOfParts } from '../key-of.ts';
import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';

/** A join with a table that every task has whole. */
export interface GlobalTableJoin<V, G, R> {
  /** Id of the contract of the table. */
  readonly table: string;
  /** The key of the row that a record is joined with; null when there is none. */
  readonly keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[];
  readonly combine: (value: V, row: G, info: RecordInfo) => R;
  /** Records without a row: left out, or joined with null. */
  readonly kind: 'inner' | 'left';
}

/** Joins each record with a row of a table that every task has whole: nothing changes partition. */
export const globalTableJoinOperator = <V, G, R>({
  table,
  keyOf,
  combine,
  kind,
}: GlobalTableJoin<V, G, R>): OperatorSpec => ({
  kind: 'global-join',
  oneForOne: true,
  globalTables: [table],
  create: ({ emit, globalTable }) => {
    const rows = globalTable<G>(table);
    return {
      process: (flow) => {
        const rowKey = keyOfParts(keyOf(flow.value as V, flow));
        const row = rowKey === null ? undefined : rows.get(rowKey);
        if (row === undefined && kind === 'inner') return;
        const value = combine(flow.value as V, (row ?? null) as G, flow);
        const { key, timeMs, watermarkMs } = flow;
        emit({ key, value, timeMs, watermarkMs });
      },
    };
  },
});
