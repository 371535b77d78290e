import { expect, test } from 'vitest';
import { type PartitionTimes, parseTimes, timesText } from './offset-metadata.ts';

const NONE = Number.NEGATIVE_INFINITY;
const origins = (...times: number[]) =>
  times.map((watermarkMs) => ({ watermarkMs, status: 'active' as const }));

test('times come back as they were written, also those before 1970 and those that are none', () => {
  const all: PartitionTimes[] = [
    { taskWatermarkMs: 1_700_000_000_000, origins: origins(1_700_000_000_123) },
    { taskWatermarkMs: NONE, origins: origins(NONE, 0) },
    { taskWatermarkMs: -5, origins: [{ watermarkMs: -7, status: 'closed' }, ...origins(9)] },
    { taskWatermarkMs: NONE, origins: origins(NONE) },
  ];
  for (const times of all)
    expect(parseTimes(timesText(times), times.origins.length)).toEqual(times);
});

test('a thousand origins that do not fit are written as the lowest of those that are not idle', () => {
  const many = Array.from({ length: 4000 }, (_, i) => ({
    watermarkMs: 1e12 + i * 1e6,
    status: i < 10 ? ('idle' as const) : ('active' as const),
  }));
  const text = timesText({ taskWatermarkMs: 1e12, origins: many });
  expect(text.length).toBeLessThanOrEqual(4000);
  const times = parseTimes(text, many.length);
  expect(times?.origins).toHaveLength(many.length);
  expect(times?.origins[7]).toEqual({ watermarkMs: 1e12 + 10 * 1e6, status: 'active' });
});

test('text of somebody else says nothing', () => {
  expect(parseTimes('', 1)).toBeUndefined();
  expect(parseTimes('a claim', 1)).toBeUndefined();
  expect(parseTimes('AQ', 1)).toBeUndefined();
});
