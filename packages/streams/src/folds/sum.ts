import type { RecordInfo } from '../record-info.ts';
import {
  addExactly,
  type ExactSum,
  mergeExactly,
  readSum,
  roundedSum,
  writeSum,
} from './exact-sum.ts';
import type { Fold } from './fold.ts';
import { numberOf } from './selected.ts';

/**
 * The exact sum, rounded once at the end; nulls are passed over, and 0 is the sum of nothing. Throws a
 * TypeError for a record whose value is no number.
 */
export const sum = <V>(
  of: (value: V, info: RecordInfo) => number | null | undefined,
): Fold<V, number, ExactSum> => ({
  shape: 'sum:v1',
  exact: true,
  init: () => 0,
  select: (value, info) => numberOf('sum', of(value, info)),
  add: (total, term) => (term === null ? total : addExactly(total, term as number)),
  merge: mergeExactly,
  result: roundedSum,
  bytes: { write: writeSum, read: readSum },
});

/** The same of bigints, without a limit. */
export const sumBig = <V>(
  of: (value: V, info: RecordInfo) => bigint | null | undefined,
): Fold<V, bigint, bigint> => ({
  shape: 'sum-big:v1',
  exact: true,
  init: () => 0n,
  select: (value, info) => {
    const term = of(value, info) ?? null;
    if (term === null || typeof term === 'bigint') return term;
    throw new TypeError(`sumBig was given a ${typeof term}`);
  },
  add: (total, term) => (term === null ? total : total + (term as bigint)),
  merge: (into, from) => into + from,
  result: (total) => total,
  bytes: {
    write: (total, to) => to.scalar(total),
    read: (from) => from.scalar() as bigint,
  },
});
