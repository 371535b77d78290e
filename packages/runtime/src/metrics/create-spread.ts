/**
 * Counts of values by bucket, read at a scrape in the form that prom-client has for histograms without labels. Its own makes objects
 * and checks labels at every `observe`, half a microsecond each, as create-sums.ts has it of counters.
 */
export interface Spread {
  readonly name: string;
  observe(value: number): void;
  /** What prom-client's registry asks of a metric. */
  get(): Promise<{
    readonly name: string;
    readonly help: string;
    readonly type: 'histogram';
    readonly aggregator: 'sum';
    readonly values: readonly SpreadValue[];
  }>;
}

interface SpreadValue {
  readonly metricName: string;
  readonly labels: { readonly le?: number | string };
  readonly value: number;
}

/** @param bounds the largest value of each bucket, ascending; what is above is in one of its own */
export const createSpread = (
  { name, help }: { readonly name: string; readonly help: string },
  bounds: readonly number[],
): Spread => {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  return {
    name,
    observe: (value) => {
      let bucket = 0;
      while (bucket < bounds.length && value > bounds[bucket]!) bucket += 1;
      counts[bucket]! += 1;
      sum += value;
    },
    get: async () => {
      let count = 0;
      const buckets = [...bounds, '+Inf'].map((le, bucket) => {
        count += counts[bucket]!;
        return { metricName: `${name}_bucket`, labels: { le }, value: count };
      });
      return {
        ...({ name, help, type: 'histogram', aggregator: 'sum' } as const),
        values: [
          ...buckets,
          { metricName: `${name}_sum`, labels: {}, value: sum },
          { metricName: `${name}_count`, labels: {}, value: count },
        ],
      };
    },
  };
};
