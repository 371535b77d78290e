import { expect, test } from 'vitest';
import { createReach } from './window-reach.ts';

const minute = 60_000;

test('it reaches back to the first mark after which nothing was forgotten', () => {
  const reach = createReach();
  for (let at = 0; at <= 10; at += 1) reach.mark(at * 100, at * minute);
  expect(reach.sinceMs(0, 10 * minute)).toBe(10 * minute);
  expect(reach.sinceMs(250, 10 * minute)).toBe(7 * minute);
  expect(reach.sinceMs(1000, 11 * minute)).toBe(minute);
});

test('ids that came faster than it marks are a reach of nothing', () => {
  const reach = createReach();
  reach.mark(0, 0);
  reach.mark(5000, 10);
  expect(reach.sinceMs(4000, 20)).toBe(0);
});
