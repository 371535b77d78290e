import { expect, test } from 'vitest';
import { createByteRate } from './byte-rate.ts';

test('ten seconds’ worth may come at once, then only what the time brings', () => {
  let now = 0;
  const rate = createByteRate(100, () => now);
  expect(rate.take(1000)).toBe(true);
  expect(rate.take(1)).toBe(false);
  now = 500;
  expect(rate.take(51)).toBe(false);
  expect(rate.take(50)).toBe(true);
  now = 1_000_000;
  expect(rate.take(1001)).toBe(false);
  expect(rate.take(1000)).toBe(true);
});

test('a rate of nothing takes nothing', () => {
  expect(createByteRate(0, () => 0).take(1)).toBe(false);
});
