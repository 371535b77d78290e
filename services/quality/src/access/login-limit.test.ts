import { expect, test } from 'vitest';
import { createLoginLimit } from './login-limit.ts';

test('ten failures pass at once, then one in six seconds, and others are not touched', () => {
  const limit = createLoginLimit();
  for (let count = 0; count < 10; count += 1) {
    expect(limit.waitSeconds('a', 0)).toBe(0);
    limit.failed('a', 0);
  }
  expect(limit.waitSeconds('a', 0)).toBe(6);
  expect(limit.waitSeconds('b', 0)).toBe(0);
  expect(limit.waitSeconds('a', 6000)).toBe(0);
  limit.failed('a', 6000);
  expect(limit.waitSeconds('a', 6000)).toBe(6);
});

test('a thousand failures are not paid for longer than ten', () => {
  const limit = createLoginLimit();
  for (let count = 0; count < 1000; count += 1) limit.failed('a', 0);
  expect(limit.waitSeconds('a', 0)).toBeLessThanOrEqual(12);
});
