import { expect, test } from 'vitest';
import { createFreshnessMeter } from './freshness.ts';

test('a batch is fresh once the count reaches its last record', () => {
  const meter = createFreshnessMeter();
  meter.accepted(10, 1_000);
  meter.seen(9, 1_100);
  expect(meter.percentile(0.5)).toBeUndefined();
  meter.seen(10, 1_250);
  expect(meter.percentile(0.5)).toBe(250);
});

test('percentiles weigh batches by their records', () => {
  const meter = createFreshnessMeter();
  meter.accepted(99, 0);
  meter.seen(99, 100);
  meter.accepted(1, 200);
  meter.seen(100, 1_200);
  expect(meter.percentile(0.5)).toBe(100);
  expect(meter.percentile(0.99)).toBe(100);
  expect(meter.percentile(1)).toBe(1_000);
});
