import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import { refusePromise } from '../refuse-promise.ts';

/** Any number of records for one, each with its key and time. */
export const flatMapOperator = <V, W>(
  change: (value: V, info: RecordInfo) => Iterable<W>,
): OperatorSpec => ({
  kind: 'flat-map',
  create: ({ emit }) => ({
    process: (flow) => {
      const { key, timeMs, watermarkMs } = flow;
      const values = change(flow.value as V, flow);
      if (values instanceof Promise) refusePromise(values);
      for (const value of values) emit({ key, value, timeMs, watermarkMs });
    },
  }),
});
