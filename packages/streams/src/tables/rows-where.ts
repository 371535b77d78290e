import type { OperatorSpec } from '../operator.ts';

/** Rows that a table does not have become rows that are gone: what reads it need not know what was there. */
export const rowsWhereOperator = <T>(keep: (row: T, key: string) => boolean): OperatorSpec => ({
  kind: 'rows-where',
  create: ({ emit }) => ({
    process: (flow) => {
      if (flow.value === null || keep(flow.value as T, flow.key!)) emit(flow);
      else emit({ ...flow, value: null });
    },
  }),
});
