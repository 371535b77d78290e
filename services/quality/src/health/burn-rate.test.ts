import { expect, test } from 'vitest';
import { budgetLeft, burnAlarm, burnRate } from './burn-rate.ts';
import { createFreshnessWindows } from './freshness-windows.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 1);
const share = 0.001;
const windowsOf = (minutes: number, late: (index: number) => number) => {
  const windows = createFreshnessWindows();
  for (let index = 0; index < minutes; index += 1)
    windows.add(start + index * minute, { rows: 100, late: late(index) }, new Map());
  return { windows, nowMs: start + minutes * minute - 1 };
};

test('the rate is the share of late rows over the share that is allowed, records that are overdue included', () => {
  expect(burnRate({ rows: 1000, late: 1 }, 0, share)).toBe(1);
  expect(burnRate({ rows: 0, late: 0 }, 0, share)).toBeNull();
  expect(burnRate({ rows: 0, late: 0 }, 5, share)).toBe(1000);
});

test('an hour that burns fast is critical while it burns, and silent soon after', () => {
  const burning = windowsOf(120, (index) => (index >= 60 ? 2 : 0));
  expect(burnAlarm(burning.windows, burning.nowMs, 0, share)?.severity).toBe('critical');
  const over = windowsOf(120, (index) => (index >= 60 && index < 80 ? 2 : 0));
  expect(burnAlarm(over.windows, over.nowMs, 0, share)?.severity).not.toBe('critical');
});

test('a few late rows of a quiet stream raise nothing; records that do not land do', () => {
  const quiet = windowsOf(60, (index) => (index === 59 ? 9 : 0));
  expect(burnAlarm(quiet.windows, quiet.nowMs, 0, share)).toBeUndefined();
  expect(burnAlarm(quiet.windows, quiet.nowMs, 500, share)?.severity).toBe('critical');
});

test('the budget is used up when as many rows were late as thirty days allow', () => {
  const spent = windowsOf(100, (index) => (index < 5 ? 1 : 0));
  expect(budgetLeft(spent.windows, spent.nowMs, share)).toBeCloseTo(0.5);
  expect(budgetLeft(createFreshnessWindows(), start, share)).toBeNull();
});
