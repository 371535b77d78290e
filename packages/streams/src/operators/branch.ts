import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import { refusePromise } from '../refuse-promise.ts';

/** Where records go that no condition holds for. */
export const REST = 'rest';

/** Hands each record to the output of the first condition that holds for it. */
export const branchOperator = <V>(
  conditions: Readonly<Record<string, (value: V, info: RecordInfo) => boolean>>,
): OperatorSpec => {
  const tests = Object.values(conditions);
  return {
    kind: 'branch',
    oneForOne: true,
    passesValues: true,
    ports: [...Object.keys(conditions), REST],
    create: ({ emit }) => ({
      process: (flow) => {
        const port = tests.findIndex((holds) => {
          const held: unknown = holds(flow.value as V, flow);
          if (held instanceof Promise) refusePromise(held);
          return held;
        });
        emit(flow, port < 0 ? tests.length : port);
      },
    }),
  };
};
