import { expect, test } from 'vitest';
import { createLagTrend, secondsToClear } from './lag-trend.ts';

const trendOf = (value: (n: number) => number, points = 60) => {
  const trend = createLagTrend();
  const start = Date.UTC(2026, 0, 1);
  for (let n = 0; n < points; n += 1) trend.add(start + n * 5000, value(n));
  return trend.perSecond();
};

test('a lag that grows by ten a second has that trend, and one that shrinks the negative one', () => {
  expect(trendOf((n) => 1000 + n * 50)).toBeCloseTo(10, 6);
  expect(trendOf((n) => 100_000 - n * 50)).toBeCloseTo(-10, 6);
});

test('a saw has the trend of its line and not of its teeth', () => {
  expect(trendOf((n) => n * 50 + (n % 2) * 400)).toBeCloseTo(10, 0);
});

test('only the last five minutes count', () => {
  expect(trendOf((n) => (n < 100 ? n * 1000 : 100_000), 200)).toBeCloseTo(0, 6);
});

test('two points are none, and points that come too soon are left out', () => {
  expect(trendOf((n) => n, 2)).toBeNull();
  const trend = createLagTrend();
  for (let n = 0; n < 50; n += 1) trend.add(n * 100, n);
  expect(trend.perSecond()).toBeNull();
});

test('the time to clear is the lag by its trend, and unknown when it stays or grows', () => {
  expect(secondsToClear(500, -10)).toBe(50);
  expect(secondsToClear(0, 5)).toBe(0);
  expect(secondsToClear(500, 10)).toBeNull();
  expect(secondsToClear(1_000_000, -0.001)).toBeNull();
  expect(secondsToClear(500, null)).toBeNull();
});
