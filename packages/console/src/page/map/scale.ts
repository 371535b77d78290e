/** How large and which colour something is on a map. */

/** By area, so that twice as much is seen as twice as much. */
export const radiusOf = (value: number, largest: number, radiusMax: number): number =>
  largest <= 0 ? 2 : Math.max(2, radiusMax * Math.sqrt(Math.max(0, value) / largest));

/** Steps of a scale from little to much; told apart in grey as well. */
export const stepColors = [
  'var(--step-1)',
  'var(--step-2)',
  'var(--step-3)',
  'var(--step-4)',
  'var(--step-5)',
] as const;

export interface Step {
  /** Values up to it, but not it; the last has none. */
  readonly below: number;
  readonly color: string;
}

/** Steps with as many values each, at bounds rounded to two digits. */
export const stepsOf = (values: readonly number[]): readonly Step[] => {
  const sorted = values.toSorted((a, b) => a - b);
  const bounds = stepColors.map((_, index) =>
    Number(
      (sorted[Math.floor((sorted.length * (index + 1)) / stepColors.length)] ?? 0).toPrecision(2),
    ),
  );
  const steps = stepColors.map((color, index) => ({
    color,
    below: index === stepColors.length - 1 ? Number.POSITIVE_INFINITY : (bounds[index] ?? 0),
  }));
  return steps.filter(({ below }, index) => index === 0 || below > (steps[index - 1]?.below ?? 0));
};

export const colorOf = (value: number, steps: readonly Step[]): string =>
  steps.find(({ below }) => value < below)?.color ?? stepColors[0];
