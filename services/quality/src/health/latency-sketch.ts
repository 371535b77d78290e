/**
 * Latencies as counts by logarithmic buckets, so that a minute is a handful of numbers and minutes can be added up to any window: each quantile
 * is within 2 % of the exact one. After DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with
 * relative-error guarantees", VLDB 2019), without its collapsing: a bucket index fits 16 bits for every latency there is.
 */

const accuracy = 0.02;
const gamma = (1 + accuracy) / (1 - accuracy);

/** Counts by bucket. */
export type LatencyCounts = Map<number, number>;

/** The bucket of an expression in ms as SQL, an Int16. What is below 1 ms, or below 0 because clocks differ, is bucket 0. */
export const bucketSql = (ms: string): string =>
  `if(${ms} <= 1, 0, toInt16(ceil(log(${ms}) / ${Math.log(gamma)})))`;

/** As `bucketSql`. */
export const bucketOf = (ms: number): number =>
  ms <= 1 ? 0 : Math.ceil(Math.log(ms) / Math.log(gamma));

export const addCounts = (into: LatencyCounts, from: Iterable<readonly [number, number]>): void => {
  for (const [bucket, count] of from) into.set(bucket, (into.get(bucket) ?? 0) + count);
};

/** Milliseconds, within 2 %; null of nothing. @param share 0 to 1 */
export const quantileMs = (counts: LatencyCounts, share: number): number | null => {
  let total = 0;
  for (const count of counts.values()) total += count;
  if (total === 0) return null;
  const rank = share * (total - 1);
  let seen = 0;
  for (const bucket of [...counts.keys()].sort((a, b) => a - b)) {
    seen += counts.get(bucket)!;
    if (seen > rank) return bucket === 0 ? 1 : (2 * gamma ** bucket) / (gamma + 1);
  }
  return null;
};
