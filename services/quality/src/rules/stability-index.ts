/**
 * How far a distribution has moved: the population stability index over bins, Σ (p − q) ln(p / q). Below 0.1 nothing happened,
 * above 0.2 something did (the customary reading since Siddiqi, Credit Risk Scorecards, 2006). Pure.
 */

export interface BinCounts {
  readonly reference: number;
  readonly current: number;
}

/** Undefined when a side has no rows. Empty bins count as half a row, so that a new value is much and not endless. */
export const stabilityIndex = (bins: readonly BinCounts[]): number | undefined => {
  const total = (side: keyof BinCounts) => bins.reduce((sum, bin) => sum + bin[side], 0);
  const [reference, current] = [total('reference'), total('current')];
  if (reference === 0 || current === 0) return undefined;
  return bins.reduce((sum, bin) => {
    const expected = Math.max(bin.reference, 0.5) / reference;
    const found = Math.max(bin.current, 0.5) / current;
    return sum + (found - expected) * Math.log(found / expected);
  }, 0);
};
