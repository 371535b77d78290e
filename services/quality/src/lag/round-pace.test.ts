import { expect, test } from 'vitest';
import { createRoundPace } from './round-pace.ts';

test('rounds that cost more come less often, up to a minute, and as often as before when they cost less again', () => {
  const pace = createRoundPace(5000, 5);
  const after = (milliseconds: number, times = 1) => {
    for (let n = 0; n < times; n += 1) pace.spent(milliseconds * 1000);
    return pace.everyMs;
  };
  expect(pace.everyMs).toBe(5000);
  // the first ones compile
  expect(after(300, 3)).toBe(5000);
  expect(after(20, 11)).toBe(5000);
  // a single one that is dear is none
  expect(after(400)).toBe(5000);
  expect(after(50, 12)).toBe(10_000);
  expect(after(900, 12)).toBe(60_000);
  expect(after(1, 12)).toBe(5000);
});

test('dear rounds that come again and again count', () => {
  const pace = createRoundPace(5000, 5);
  for (let n = 0; n < 30; n += 1) pace.spent(n % 4 === 0 ? 100_000 : 20_000);
  expect(pace.everyMs).toBeGreaterThan(6000);
});
