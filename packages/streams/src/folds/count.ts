import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';

/** How many records there are; with `of`, those for which it answers something. */
export const count = <V>(
  of?: (value: V, info: RecordInfo) => unknown,
): Fold<V, number, number> => ({
  shape: 'count:v1',
  exact: true,
  init: () => 0,
  ...(of !== undefined && { select: of }),
  add:
    of === undefined
      ? (records) => records + 1
      : (records, selected) =>
          selected === null || selected === undefined ? records : records + 1,
  merge: (into, from) => into + from,
  result: (records) => records,
  bytes: { write: (records, to) => to.integer(records), read: (from) => from.integer() },
});
