import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';
import type { Scalar } from './state-bytes.ts';

/** What has an order: numbers and bigints by value, texts by their UTF-16 code units, false before true. */
export type Ordered = number | bigint | string | boolean;

type Extreme<V, T> = Fold<V, T extends null | undefined ? null : T, Scalar>;

/** The smallest value; nulls and NaN are passed over, null when nothing is left. */
export const min = <V, T extends Ordered | null | undefined>(
  of: (value: V, info: RecordInfo) => T,
): Extreme<V, T> => extreme('min', of, (candidate, best) => candidate < best);

/** The greatest value; nulls and NaN are passed over, null when nothing is left. */
export const max = <V, T extends Ordered | null | undefined>(
  of: (value: V, info: RecordInfo) => T,
): Extreme<V, T> => extreme('max', of, (candidate, best) => candidate > best);

const extreme = <V, T>(
  kind: string,
  of: (value: V, info: RecordInfo) => T,
  isBetter: (candidate: Ordered, best: Ordered) => boolean,
): Extreme<V, T> => {
  const better = (best: Scalar, candidate: Scalar): Scalar => {
    if (candidate === null) return best;
    return best === null || isBetter(candidate, best) ? candidate : best;
  };
  return {
    shape: `${kind}:v1`,
    exact: true,
    init: () => null,
    select: (value, info) => orderedOf(kind, of(value, info)),
    add: better as never,
    merge: better,
    result: (best) => best as never,
    bytes: { write: (best, to) => to.scalar(best), read: (from) => from.scalar() },
  };
};

const orderedOf = (fold: string, value: unknown): Scalar => {
  switch (typeof value) {
    case 'number':
      // -0 and 0 are equal, so which of them is found would depend on the order.
      return Number.isNaN(value) ? null : value + 0;
    case 'string':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      if (value === null || value === undefined) return null;
      throw new TypeError(`${fold} was given a ${typeof value}, which has no order`);
  }
};
