import type { OperatorSpec } from '../operator.ts';

/** A row for a row; one that is gone stays so. */
export const rowsMappedOperator = <T, R>(change: (row: T, key: string) => R): OperatorSpec => ({
  kind: 'rows-mapped',
  create: ({ emit }) => ({
    process: (flow) => {
      if (flow.value === null) emit(flow);
      else emit({ ...flow, value: change(flow.value as T, flow.key!) });
    },
  }),
});
