import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatRate, formatShare, formatShort } from './numbers.ts';
import { formatAgo, formatMs, formatSeconds } from './times.ts';

test('what is not known is a dash and never a zero', () => {
  for (const format of [formatCount, formatShort, formatRate, formatBytes, formatShare])
    expect(format(null)).toBe('–');
  expect(formatSeconds(null)).toBe('–');
  expect(formatAgo(null, 0)).toBe('–');
});

test('numbers are short where they are large and exact where they are small', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect([0, 0.256, 9_999, 12_345, 7_654_321].map(formatShort)).toEqual([
    ...['0', '0.26', '9,999', '12.3K', '7.7M'],
  ]);
  expect([0, 512, 1_500, 12_345_678, 3.2e12].map(formatBytes)).toEqual([
    ...['0 B', '512 B', '1.5 kB', '12 MB', '3.2 TB'],
  ]);
});

test('a rate that is what is left of a mean is none', () => {
  expect([0, 5.9e-13, 0.00028, 17].map(formatRate)).toEqual(['0/s', '0/s', '0.00028/s', '17/s']);
});

test('a share just below all is not shown as all', () => {
  expect([0, 0.5, 0.99, 0.9995, 0.999996, 1].map(formatShare)).toEqual([
    ...['0 %', '50 %', '99 %', '99.95 %', '99.999 %', '100 %'],
  ]);
});

test('durations name two units at most', () => {
  expect([0, 0.0004, 0.42, 3.24, 42, 250, 3_600, 93_700].map(formatSeconds)).toEqual([
    ...['0 s', '1 ms', '420 ms', '3.2 s', '42 s', '4 min 10 s', '1 h', '1 d 2 h'],
  ]);
  expect(formatMs(-1_500)).toBe('−1.5 s');
});

test('a moment is told from now, before and after', () => {
  const now = 1_000_000_000;
  expect([-2, -42, -600, -90_000, 7_300].map((s) => formatAgo(now + s * 1000, now))).toEqual([
    ...['now', '42 s ago', '10 min ago', '1 d ago', 'in 2 h'],
  ]);
});
