/** What several runs of one measurement came to. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** To four digits: more than a run is exact to. */
export const round = (value: number): number => Number(value.toPrecision(4));

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => round(sorted[index] ?? Number.NaN);
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
};
