/** How many of the records that came are looked at: all while they are few, then every n-th. Pure; time is given. */

export interface Sampling {
  /** Indexes of those of `count` records that are looked at, ascending. */
  take(count: number, nowMs: number): Iterable<number>;
}

/** What a rest saves up, seconds of the rate: short bursts are looked at as a whole. */
const savedSeconds = 10;

export const createSampling = (ratePerSecond: number): Sampling => {
  const most = ratePerSecond * savedSeconds;
  let left = most;
  let atMs: number | undefined;
  return {
    take: function* (count, nowMs) {
      left = Math.min(most, left + ((nowMs - (atMs ?? nowMs)) / 1000) * ratePerSecond);
      atMs = nowMs;
      // One of a batch at least: else a topic behind a fast one would never be looked at.
      const taken = Math.min(count, Math.max(1, Math.floor(left)));
      left -= taken;
      for (let index = 0; index < taken; index += 1) yield Math.floor((index * count) / taken);
    },
  };
};
