import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import { refusePromise } from '../refuse-promise.ts';

/** Hands on the records that are wanted, as they are. */
export const filterOperator = <V>(keep: (value: V, info: RecordInfo) => boolean): OperatorSpec => ({
  kind: 'filter',
  oneForOne: true,
  passesValues: true,
  create: ({ emit }) => ({
    process: (flow) => {
      const wanted: unknown = keep(flow.value as V, flow);
      if (wanted instanceof Promise) refusePromise(wanted);
      if (wanted) emit(flow);
    },
  }),
});
