import { type KeyPart, keyOfParts } from '../key-of.ts';
import type { OperatorSpec } from '../operator.ts';
import type { RowUpdate } from './row-changes.ts';

/**
 * Sends changed rows to their groups: a row that stays in its group as one change, one that moves as its
 * old self to where it was and its new self to where it is. Null is no group.
 */
export const groupRowsOperator = <T>(
  keyOf: (row: T, key: string) => KeyPart | readonly KeyPart[],
): OperatorSpec => ({
  kind: 'group',
  create: ({ emit }) => ({
    process: (flow) => {
      const { old, new: now } = flow.value as RowUpdate<T>;
      const { timeMs, watermarkMs } = flow;
      const from = old === null ? null : keyOfParts(keyOf(old, flow.key!));
      const to = now === null ? null : keyOfParts(keyOf(now, flow.key!));
      const send = (key: string | null, value: RowUpdate<T>): void => {
        if (key !== null) emit({ key, value, timeMs, watermarkMs });
      };
      if (from === to) send(to, { old, new: now });
      else {
        send(from, { old, new: null });
        send(to, { old: null, new: now });
      }
    },
  }),
});
