import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';
import type { QuantileResults } from './quantiles.ts';
import { numberOf } from './selected.ts';

/** Means of neighbouring values with their weights, ascending, and values that have not been put in yet. */
interface Digest {
  means: number[];
  weights: number[];
  fresh: number[];
  least: number;
  most: number;
}

export interface TDigestOptions {
  /** About how many means are kept: the more, the more exact; 100 when left out. */
  readonly compression?: number;
}

const FRESH_PER_MEAN = 5;

/**
 * Quantiles by a t-digest (Dunning and Ertl, "Computing Extremely Accurate Quantiles Using t-Digests", 2019, in
 * its merging form): about 2 KiB whatever the number and range of values, most exact at the ends. What it answers depends
 * in its last digits on the order of values and of merging: a replay in which partitions interleave in
 * another way may differ there. `quantiles` does not have that, and is the one to take unless memory is short.
 */
export const tDigest = <V, const P extends readonly number[]>(
  parts: P,
  of: (value: V, info: RecordInfo) => number | null | undefined,
  { compression = 100 }: TDigestOptions = {},
): Fold<V, QuantileResults<P>, Digest> => ({
  shape: `t-digest ${compression}:v1`,
  exact: false,
  init: () => ({
    means: [],
    weights: [],
    fresh: [],
    least: Number.MAX_VALUE,
    most: -Number.MAX_VALUE,
  }),
  select(value, info) {
    const number = numberOf('tDigest', of(value, info));
    return number === null || Number.isNaN(number) ? null : number;
  },
  add(digest, selected) {
    if (selected === null) return digest;
    const value = selected as number;
    digest.fresh.push(value);
    if (value < digest.least) digest.least = value;
    if (value > digest.most) digest.most = value;
    if (digest.fresh.length >= compression * FRESH_PER_MEAN) compress(digest, compression);
    return digest;
  },
  merge(into, from) {
    into.means.push(...from.means);
    into.weights.push(...from.weights);
    into.fresh.push(...from.fresh);
    into.least = Math.min(into.least, from.least);
    into.most = Math.max(into.most, from.most);
    compress(into, compression);
    return into;
  },
  result(digest) {
    const whole = { ...digest, means: [...digest.means], weights: [...digest.weights] };
    compress(whole, compression);
    return parts.map((part) => quantileOf(whole, part)) as never;
  },
});

/** Puts all into as few means as the scale allows: the nearer to an end, the fewer values have one mean. */
const compress = (digest: Digest, compression: number): void => {
  const all = digest.means.map((mean, at): [number, number] => [mean, digest.weights[at]!]);
  for (const value of digest.fresh) all.push([value, 1]);
  all.sort(([one], [other]) => one - other);
  const total = all.reduce((sum, [, weight]) => sum + weight, 0);
  digest.fresh = [];
  digest.means = [];
  digest.weights = [];
  let before = 0;
  let limit = 0;
  for (const [mean, weight] of all) {
    const last = digest.means.length - 1;
    const together = (digest.weights[last] ?? 0) + weight;
    if (last >= 0 && before + together <= limit) {
      digest.means[last]! += ((mean - digest.means[last]!) * weight) / together;
      digest.weights[last] = together;
    } else {
      before += digest.weights[last] ?? 0;
      digest.means.push(mean);
      digest.weights.push(weight);
      limit = total * partAfter(before / total, compression);
    }
  }
};

/** The end of a step of one on the scale that begins at this part of all values. */
const partAfter = (part: number, compression: number): number => {
  const onScale = (compression / (2 * Math.PI)) * Math.asin(2 * part - 1) + 1;
  if (onScale >= compression / 4) return 1;
  return (Math.sin((onScale * 2 * Math.PI) / compression) + 1) / 2;
};

/** Between the middles of two means the value is taken from the line between them. */
const quantileOf = ({ means, weights, least, most }: Digest, part: number): number | null => {
  if (means.length === 0) return null;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const wanted = part * total;
  let before = 0;
  let [leftAt, left] = [0, least];
  for (let at = 0; at < means.length; at += 1) {
    const middle = before + weights[at]! / 2;
    if (wanted < middle) return between(wanted, leftAt, left, middle, means[at]!);
    [leftAt, left] = [middle, means[at]!];
    before += weights[at]!;
  }
  return between(wanted, leftAt, left, total, most);
};

const between = (at: number, leftAt: number, left: number, rightAt: number, right: number) =>
  rightAt === leftAt ? right : left + ((at - leftAt) / (rightAt - leftAt)) * (right - left);
