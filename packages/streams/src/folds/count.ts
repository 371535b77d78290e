import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';

/** How many records there are; with `of`, those for which it answers neither null, undefined nor false. */
export const count = <V>(
  of?: (value: V, info: RecordInfo) => unknown,
): Fold<V, number, number> => ({
  shape: 'count:v1',
  exact: true,
  init: () => 0,
  ...(of !== undefined && { select: of }),
  add: of === undefined ? (records) => records + 1 : addWanted,
  merge: (into, from) => into + from,
  result: (records) => records,
  bytes: { write: (records, to) => to.integer(records), read: (from) => from.integer() },
});

const addWanted = (records: number, selected: unknown): number =>
  selected === null || selected === undefined || selected === false ? records : records + 1;
