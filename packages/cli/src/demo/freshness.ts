/**
 * Freshness as an analyst feels it: from the door's 202 until a SELECT counts the event. Events are
 * matched by order: the n-th accepted is visible once the count reaches n. That holds while nothing else
 * writes to the table, as in the demo. The resolution is the interval between two looks.
 */
export interface FreshnessMeter {
  /** `records` more were acknowledged at `atMs`. */
  accepted(records: number, atMs: number): void;
  /** A SELECT answered at `atMs` that `visible` records are there. */
  seen(visible: number, atMs: number): void;
  /** Weighted percentile over all batches seen so far, ms; undefined before the first. */
  percentile(fraction: number): number | undefined;
}

interface Sample {
  readonly ms: number;
  readonly records: number;
}

/** A meter of how long records take from being sent to being counted, in ms. */
export function createFreshnessMeter(): FreshnessMeter {
  const waiting: { readonly upTo: number; readonly records: number; readonly atMs: number }[] = [];
  const samples: Sample[] = [];
  let total = 0;
  return {
    accepted(records, atMs) {
      total += records;
      waiting.push({ upTo: total, records, atMs });
    },
    seen(visible, atMs) {
      while (waiting.length > 0 && waiting[0]!.upTo <= visible) {
        const batch = waiting.shift()!;
        samples.push({ ms: Math.max(0, atMs - batch.atMs), records: batch.records });
      }
    },
    percentile: (fraction) => weightedPercentile(samples, fraction),
  };
}

function weightedPercentile(samples: readonly Sample[], fraction: number): number | undefined {
  if (samples.length === 0) return undefined;
  const sorted = samples.toSorted((one, other) => one.ms - other.ms);
  const target = fraction * sorted.reduce((sum, sample) => sum + sample.records, 0);
  let passed = 0;
  for (const sample of sorted) {
    passed += sample.records;
    if (passed >= target) return sample.ms;
  }
  return sorted.at(-1)?.ms;
}
