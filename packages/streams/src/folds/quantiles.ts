import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';
import { numberOf } from './selected.ts';

/**
 * The values themselves, or, beyond their bound, how many there are by logarithmic buckets: by the number of
 * the bucket, of values above and below 0.
 */
interface Quantiles {
  values: number[] | null;
  positive: Record<string, number>;
  negative: Record<string, number>;
  zeros: number;
}

export interface QuantilesOptions {
  /** Up to this many values quantiles are exact, beyond it true to 0.5 % of themselves; 500 when left out. */
  readonly exactUpTo?: number;
}

/** One result for each that was asked for; null when there are no values. */
export type QuantileResults<P extends readonly number[]> = {
  readonly [At in keyof P]: number | null;
};

const EXACT_UP_TO = 500;
const ACCURACY = 0.005;
const BASE = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_BASE = Math.log(BASE);

/**
 * Quantiles, e.g. of `[0.5, 0.99]`: the smallest value that is not below that part of all of them. Few values are
 * kept as they are; of many it is counted how many lie in each of the buckets between powers of 1.01 (Masson et
 * al., "DDSketch", 2019). Either way neither the order of values nor merging makes any difference, as it
 * does with `tDigest`. Nulls and NaN are passed over.
 */
export const quantiles = <V, const P extends readonly number[]>(
  parts: P,
  of: (value: V, info: RecordInfo) => number | null | undefined,
  { exactUpTo = EXACT_UP_TO }: QuantilesOptions = {},
): Fold<V, QuantileResults<P>, Quantiles> => {
  const add = (all: Quantiles, value: number): Quantiles => {
    if (all.values === null) addToBuckets(all, value, 1);
    else {
      all.values.push(value);
      if (all.values.length > exactUpTo) toBuckets(all);
    }
    return all;
  };
  return {
    shape: `quantiles ${exactUpTo}:v1`,
    exact: true,
    init: () => ({ values: [], positive: {}, negative: {}, zeros: 0 }),
    select(value, info) {
      const number = numberOf('quantiles', of(value, info));
      return number === null || Number.isNaN(number) ? null : number + 0;
    },
    add: (all, value) => (value === null ? all : add(all, value as number)),
    merge(into, from) {
      if (from.values !== null) return from.values.reduce(add, into);
      toBuckets(into);
      for (const [bucket, count] of Object.entries(from.positive))
        bump(into.positive, bucket, count);
      for (const [bucket, count] of Object.entries(from.negative))
        bump(into.negative, bucket, count);
      into.zeros += from.zeros;
      return into;
    },
    result(all) {
      const sorted = inOrder(all);
      const total = sorted.reduce((sum, [, count]) => sum + count, 0);
      return parts.map((part) => at(sorted, Math.max(1, Math.ceil(part * total)))) as never;
    },
  };
};

const bump = (buckets: Record<string, number>, bucket: string, count: number): void => {
  buckets[bucket] = (buckets[bucket] ?? 0) + count;
};

const addToBuckets = (all: Quantiles, value: number, count: number): void => {
  if (value === 0) all.zeros += count;
  else bump(value > 0 ? all.positive : all.negative, bucketOf(Math.abs(value)), count);
};

const bucketOf = (size: number): string =>
  String(Number.isFinite(size) ? Math.ceil(Math.log(size) / LOG_BASE) : size);

/** The middle of a bucket, by ratio. */
const sizeOf = (bucket: string): number => (2 * BASE ** Number(bucket)) / (BASE + 1);

const toBuckets = (all: Quantiles): void => {
  const { values } = all;
  all.values = null;
  for (const value of values ?? []) addToBuckets(all, value, 1);
};

/** Values, ascending, with how many there are of each. */
const inOrder = ({ values, positive, negative, zeros }: Quantiles): [number, number][] => {
  const sorted: [number, number][] = (values ?? []).map((value) => [value, 1]);
  for (const [bucket, count] of Object.entries(negative)) sorted.push([-sizeOf(bucket), count]);
  for (const [bucket, count] of Object.entries(positive)) sorted.push([sizeOf(bucket), count]);
  if (zeros > 0) sorted.push([0, zeros]);
  return sorted.sort(([one], [other]) => one - other);
};

/** The value that has the rank, from 1. */
const at = (sorted: readonly [number, number][], rank: number): number | null => {
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= rank) return value;
  }
  return null;
};
