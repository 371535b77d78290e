/**
 * Sums by label between two scrapes. prom-client hashes and checks labels at every `inc`, half a microsecond each, which a
 * counter of every request pays tens of thousands of times a second. Whose sums they are is metrics.ts.
 */
export interface Sums {
  add(value: number, label?: string): void;
  /** Tells each sum that is not zero, and begins anew. */
  take(told: (sum: number, label: string) => void): void;
}

export const createSums = (): Sums => {
  const byLabel = new Map<string, { sum: number }>();
  return {
    add: (value, label = '') => {
      const cell = byLabel.get(label);
      if (cell === undefined) byLabel.set(label, { sum: value });
      else cell.sum += value;
    },
    take: (told) => {
      for (const [label, cell] of byLabel) {
        const { sum } = cell;
        cell.sum = 0;
        if (sum !== 0) told(sum, label);
      }
    },
  };
};
