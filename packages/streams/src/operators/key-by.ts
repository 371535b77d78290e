import { type KeyPart, keyOfParts } from '../key-of.ts';
import type { OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';

/** Gives each record another key; a record without one has nowhere to go and is left out. */
export const keyByOperator = <V>(
  keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[],
): OperatorSpec => ({
  kind: 'key',
  oneForOne: true,
  passesValues: true,
  create: ({ emit, skip }) => ({
    process: (flow) => {
      const key = keyOfParts(keyOf(flow.value as V, flow));
      if (key === null) {
        skip('no-key');
        return;
      }
      const { value, timeMs, watermarkMs } = flow;
      emit({ key, value, timeMs, watermarkMs });
    },
  }),
});
