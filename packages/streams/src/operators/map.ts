import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import { refusePromise } from '../refuse-promise.ts';

/** One record for one; key and time stay. */
export const mapOperator = <V, W>(change: (value: V, info: RecordInfo) => W): OperatorSpec => ({
  kind: 'map',
  oneForOne: true,
  create: ({ emit }) => ({
    process: (flow) => {
      const { key, timeMs, watermarkMs } = flow;
      const value = change(flow.value as V, flow);
      if (value instanceof Promise) refusePromise(value);
      emit({ key, value, timeMs, watermarkMs });
    },
  }),
});
