import { expect, test } from 'vitest';
import { retryAfterMs, retryDelayMs } from './retry-delay.ts';

const backoff = (share: number) => ({ backoffMs: 200, backoffMaxMs: 30_000, random: () => share });

test('the pause is a random share of one that doubles up to its longest', () => {
  expect(
    [1, 2, 3, 8, 9, 1000].map((failures) => retryDelayMs(failures, undefined, backoff(1))),
  ).toEqual([200, 400, 800, 25_600, 30_000, 30_000]);
  expect(retryDelayMs(3, undefined, backoff(0.25))).toBe(200);
  expect(retryDelayMs(9, undefined, backoff(0))).toBe(0);
});

test('what the server asks for is never undercut, and clients do not come back at once', () => {
  expect(retryDelayMs(1, 5000, backoff(0))).toBe(5000);
  expect(retryDelayMs(1, 5000, backoff(0.5))).toBe(5100);
});

test('Retry-After is read in seconds and as a date, and bounded', () => {
  const nowMs = Date.parse('2026-11-27T08:00:00Z');
  expect(retryAfterMs('2', nowMs)).toBe(2000);
  expect(retryAfterMs('Fri, 27 Nov 2026 08:00:30 GMT', nowMs)).toBe(30_000);
  expect(retryAfterMs('Fri, 27 Nov 2026 07:00:00 GMT', nowMs)).toBe(0);
  expect(retryAfterMs('999999999', nowMs)).toBe(600_000);
  expect(retryAfterMs('soon', nowMs)).toBeUndefined();
  expect(retryAfterMs(null, nowMs)).toBeUndefined();
});
