/** How fast a lag grows or shrinks: the slope of the line with the least squares through its last minutes. */

export interface LagTrend {
  add(atMs: number, records: number): void;
  /** Records a second, negative when the lag shrinks; null before three points over `SPAN_MS_MIN`. */
  perSecond(): number | null;
}

const POINTS = 60;
/** Points come at most that often, so that all are five minutes. */
const EVERY_MS = 5000;
const SPAN_MS_MIN = 10_000;

/** @param everyMs between two points that count; those between are left out */
export const createLagTrend = (everyMs = EVERY_MS): LagTrend => {
  const times = new Float64Array(POINTS);
  const values = new Float64Array(POINTS);
  let count = 0;
  let next = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    add(atMs, records) {
      // a round that is late by its own length counts as well
      if (atMs - lastMs < everyMs * 0.9) return;
      lastMs = atMs;
      times[next] = atMs;
      values[next] = records;
      next = (next + 1) % POINTS;
      count = Math.min(POINTS, count + 1);
    },
    perSecond() {
      if (count < 3) return null;
      let [sumX, sumY, sumXY, sumXX, first] = [0, 0, 0, 0, 0];
      for (let at = 0; at < count; at += 1) {
        // against the newest: sums of squares of times since 1970 leave no digits
        const x = (times[at]! - lastMs) / 1000;
        sumX += x;
        sumY += values[at]!;
        sumXY += x * values[at]!;
        sumXX += x * x;
        first = Math.min(first, x);
      }
      if (-first * 1000 < Math.min(SPAN_MS_MIN, everyMs * 2)) return null;
      return (count * sumXY - sumX * sumY) / (count * sumXX - sumX * sumX);
    },
  };
};

/** Seconds until a lag is gone at this trend; null when it does not shrink (by a thousandth of itself a minute). */
export const secondsToClear = (records: number, perSecond: number | null): number | null => {
  if (records === 0) return 0;
  if (perSecond === null || -perSecond * 60 < records / 1000) return null;
  return records / -perSecond;
};
