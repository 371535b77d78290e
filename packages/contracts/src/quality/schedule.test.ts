import { expect, test } from 'vitest';
import { nextDueMs, scheduleFault } from './schedule.ts';

test('a schedule is in UTC, and the next moment is after the one that is asked from', () => {
  const noon = Date.UTC(2026, 0, 5, 12);
  expect(nextDueMs('0 * * * *', noon)).toBe(noon + 3_600_000);
  expect(nextDueMs('*/5 * * * *', noon - 1)).toBe(noon);
  expect(nextDueMs('30 3 * * 1', noon)).toBe(Date.UTC(2026, 0, 12, 3, 30));
});

test('what is no schedule is told', () => {
  expect(scheduleFault('0 * * * *')).toBeUndefined();
  expect(scheduleFault('every hour')).toMatch(/pattern/i);
  expect(scheduleFault('61 * * * *')).toBeTypeOf('string');
  expect(scheduleFault('0 0 31 2 *')).toBe('It never comes due.');
});
