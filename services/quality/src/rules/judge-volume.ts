/**
 * Whether an hour's count is unusual for its hour of the week: its distance from the median of the same hours of earlier weeks,
 * in robust deviations (median absolute deviation × 1.4826, Rousseeuw and Croux 1993). Pure.
 */

export interface VolumeVerdict {
  /** Robust deviations from the median, with their sign; null while too little is known. */
  readonly deviations: number | null;
  readonly usual: number | null;
  readonly weeks: number;
}

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Makes the median absolute deviation an estimate of the standard deviation of a normal distribution. */
const consistency = 1.4826;

/**
 * @param count of the hour
 * @param earlier counts of the same hour, a week apart, since the first row; zeros where nothing came
 * @param weeksMin how many of them must be known
 */
export const judgeVolume = (
  count: number,
  earlier: readonly number[],
  weeksMin: number,
): VolumeVerdict => {
  const weeks = earlier.length;
  if (weeks < weeksMin) return { deviations: null, usual: null, weeks };
  const usual = median(earlier);
  const spread = consistency * median(earlier.map((value) => Math.abs(value - usual)));
  // Counts that never vary would make any difference endless: at least as a Poisson process varies, and 1.
  const scale = Math.max(spread, Math.sqrt(usual), 1);
  return { deviations: (count - usual) / scale, usual, weeks };
};
