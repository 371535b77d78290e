import type { OperatorSpec } from '../operator.ts';

/** Hands on what comes from any input. */
export const mergeOperator = (): OperatorSpec => ({
  kind: 'merge',
  oneForOne: true,
  passesValues: true,
  create: ({ emit }) => ({ process: (flow) => emit(flow) }),
});
