import { expect, test } from 'vitest';
import { poisson, seeded } from './seeded-arrivals.ts';

test.each([0.2, 3, 29, 31, 500])('arrivals come to their mean and variance: %d', (mean) => {
  const random = seeded(7);
  const drawn = Array.from({ length: 20_000 }, () => poisson(random, mean));
  const average = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
  const variance = drawn.reduce((sum, each) => sum + (each - average) ** 2, 0) / drawn.length;
  expect(average / mean).toBeCloseTo(1, 1);
  expect(variance / mean).toBeCloseTo(1, 0.7);
});

test('the same seed gives the same chance, another one another', () => {
  const first = (seed: number) => Array.from({ length: 5 }, seeded(seed));
  expect(first(1)).toEqual(first(1));
  expect(first(1)).not.toEqual(first(2));
});
