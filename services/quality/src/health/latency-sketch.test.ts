import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addCounts, bucketOf, type LatencyCounts, quantileMs } from './latency-sketch.ts';

const countsOf = (latencies: readonly number[]): LatencyCounts => {
  const counts: LatencyCounts = new Map();
  addCounts(
    counts,
    latencies.map((ms) => [bucketOf(ms), 1] as const),
  );
  return counts;
};

test('a quantile is within 2 % of the exact one, however the latencies were spread over minutes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 }),
      fc.constantFrom(0, 0.5, 0.9, 0.99, 1),
      fc.nat(300),
      (latencies, share, cut) => {
        const merged = countsOf(latencies.slice(0, cut));
        addCounts(merged, countsOf(latencies.slice(cut)));
        const sorted = latencies.toSorted((a, b) => a - b);
        const exact = sorted[Math.floor(share * (sorted.length - 1))]!;
        expect(Math.abs(quantileMs(merged, share)! - exact)).toBeLessThanOrEqual(
          exact * 0.020001 + 1e-9,
        );
      },
    ),
  );
});

test('what arrived before it was sent, by clocks that differ, counts as at once; of nothing nothing is known', () => {
  expect(quantileMs(countsOf([-5, 0, 1]), 0.99)).toBe(1);
  expect(quantileMs(new Map(), 0.5)).toBeNull();
});
