import { expect, test } from 'vitest';
import { createFreshnessWindows } from './freshness-windows.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 0, 1);
const noLatencies = new Map<number, number>();

test('a window holds its minutes and no older ones; beyond six hours it goes by hours', () => {
  const windows = createFreshnessWindows();
  for (let at = start; at < start + 48 * hour; at += minute)
    windows.add(at, { rows: 10, late: 1 }, noLatencies);
  const now = start + 48 * hour - 1;
  expect(windows.counts(now, 5 * minute)).toEqual({ rows: 50, late: 5 });
  expect(windows.counts(now, hour)).toEqual({ rows: 600, late: 60 });
  expect(windows.counts(now, 24 * hour)).toEqual({ rows: 14_400, late: 1440 });
  expect(windows.counts(now + 10 * minute, 5 * minute)).toEqual({ rows: 0, late: 0 });
});

test('rows of a minute that is told late count where they belong, and what is too old counts nowhere', () => {
  const windows = createFreshnessWindows();
  windows.add(start + 7 * hour, { rows: 1, late: 0 }, noLatencies);
  windows.add(start + 6.5 * hour, { rows: 5, late: 5 }, noLatencies);
  windows.add(start, { rows: 100, late: 100 }, noLatencies);
  expect(windows.counts(start + 7 * hour, hour)).toEqual({ rows: 6, late: 5 });
  expect(windows.counts(start + 7 * hour, 6 * hour)).toEqual({ rows: 6, late: 5 });
  expect(windows.counts(start + 7 * hour, 24 * hour)).toEqual({ rows: 106, late: 105 });
});

test('quantiles are of the last quarter of an hour', () => {
  const windows = createFreshnessWindows();
  windows.add(start, { rows: 1, late: 0 }, new Map([[100, 1]]));
  const first = windows.quantile(start, 0.5)!;
  windows.add(start + 20 * minute, { rows: 1, late: 0 }, new Map([[0, 9]]));
  expect(first).toBeGreaterThan(1);
  expect(windows.quantile(start + 20 * minute, 0.99)).toBe(1);
  expect(windows.quantile(start + 60 * minute, 0.99)).toBeNull();
});
