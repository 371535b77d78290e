import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import { refusePromise } from '../refuse-promise.ts';

/** Hands on the records that are as they must be; others are rejected with the reason that `check` answers. */
export const validateOperator = <V>(
  check: (value: V, info: RecordInfo) => true | string,
): OperatorSpec => ({
  kind: 'validate',
  oneForOne: true,
  passesValues: true,
  ports: ['main', 'rejected'],
  create: ({ emit, rejected }) => ({
    process: (flow) => {
      const answer: unknown = check(flow.value as V, flow);
      if (answer instanceof Promise) refusePromise(answer);
      if (answer === true) emit(flow);
      else rejected(flow, String(answer));
    },
  }),
});
