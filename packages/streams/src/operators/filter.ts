import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';

/** Hands on the records that are wanted, as they are. */
export const filterOperator = <V>(keep: (value: V, info: RecordInfo) => boolean): OperatorSpec => ({
  kind: 'filter',
  oneForOne: true,
  passesValues: true,
  create: ({ emit }) => ({
    process: (flow) => {
      if (keep(flow.value as V, flow)) emit(flow);
    },
  }),
});
