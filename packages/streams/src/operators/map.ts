import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';

/** One record for one; key and time stay. */
export const mapOperator = <V, W>(change: (value: V, info: RecordInfo) => W): OperatorSpec => ({
  kind: 'map',
  oneForOne: true,
  create: ({ emit }) => ({
    process: (flow) => {
      const { key, timeMs, watermarkMs } = flow;
      emit({ key, value: change(flow.value as V, flow), timeMs, watermarkMs });
    },
  }),
});
