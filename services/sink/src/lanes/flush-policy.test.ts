import { expect, test } from 'vitest';
import { dueInMs } from './flush-policy.ts';

const limits = { rowsMax: 100, bytesMax: 10_000, ageMs: 50 };
const held = { rows: 1, bytes: 300, oldestMs: 1_000 };

test('a buffer is due by rows, by bytes or by the age of its oldest record', () => {
  expect(dueInMs({ ...held, rows: 100 }, limits, 1_000, 'current')).toBe(0);
  expect(dueInMs({ ...held, bytes: 10_000 }, limits, 1_000, 'current')).toBe(0);
  expect(dueInMs(held, limits, 1_020, 'current')).toBe(30);
  expect(dueInMs(held, limits, 1_060, 'current')).toBe(0);
});

test('an empty buffer is never due', () => {
  expect(
    dueInMs({ rows: 0, bytes: 0, oldestMs: undefined }, limits, 1_000, 'current'),
  ).toBeUndefined();
});

test('behind, or in line for memory, a buffer waits for company longer, but not for ever', () => {
  expect(dueInMs(held, limits, 1_060, 'behind')).toBe(1_940);
  expect(dueInMs(held, limits, 3_000, 'behind')).toBe(0);
  expect(dueInMs(held, limits, 3_000, 'in-line')).toBe(8_000);
  expect(dueInMs({ ...held, rows: 100 }, limits, 1_000, 'in-line')).toBe(0);
});
