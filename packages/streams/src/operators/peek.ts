import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import { refusePromise } from '../refuse-promise.ts';

/** Shows each record to a function, and hands it on as it is. */
export const peekOperator = <V>(look: (value: V, info: RecordInfo) => void): OperatorSpec => ({
  kind: 'peek',
  oneForOne: true,
  passesValues: true,
  create: ({ emit }) => ({
    process: (flow) => {
      const seen: unknown = look(flow.value as V, flow);
      if (seen instanceof Promise) refusePromise(seen);
      emit(flow);
    },
  }),
});
