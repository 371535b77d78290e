import { expect, test } from 'vitest';
import { parseMoment } from './moment.ts';

test('a moment is a date, or how long ago it was', () => {
  expect(parseMoment('2026-05-01T12:00:00Z', 0)).toBe(Date.UTC(2026, 4, 1, 12));
  expect(parseMoment('90m', 10_000_000)).toBe(10_000_000 - 5_400_000);
});

test('a moment that is none is refused with what would be one', () => {
  expect(() => parseMoment('yesterday', 0)).toThrow('how long ago: 90m');
  expect(() => parseMoment('12', 0)).toThrow('is no moment');
});
