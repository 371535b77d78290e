import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stabilityIndex } from './stability-index.ts';

const bin = (reference: number, current: number) => ({ reference, current });

test('the same distribution has an index of zero, whatever its size', () => {
  expect(stabilityIndex([bin(100, 10), bin(300, 30), bin(50, 5)])).toBeCloseTo(0, 10);
});

test('a known shift has its known index', () => {
  // 0.5/0.5 against 0.8/0.2: 0.3 ln 1.6 − 0.3 ln 0.4 = 0.41589
  expect(stabilityIndex([bin(500, 800), bin(500, 200)])).toBeCloseTo(0.41589, 4);
});

test('a value that is new is a shift and not endless', () => {
  const index = stabilityIndex([bin(1000, 500), bin(0, 500)])!;
  expect(index).toBeGreaterThan(1);
  expect(Number.isFinite(index)).toBe(true);
});

test('without rows on a side there is nothing to say', () => {
  expect(stabilityIndex([bin(0, 5)])).toBeUndefined();
  expect(stabilityIndex([])).toBeUndefined();
});

test('it is never negative and does not mind which side is which', () => {
  const counts = fc.array(fc.record({ reference: fc.nat(9_999), current: fc.nat(9_999) }));
  fc.assert(
    fc.property(counts, (bins) => {
      const index = stabilityIndex(bins);
      if (index === undefined) return;
      expect(index).toBeGreaterThanOrEqual(-0.01);
      const turned = bins.map(({ reference, current }) => bin(current, reference));
      expect(stabilityIndex(turned)).toBeCloseTo(index, 6);
    }),
  );
});
