import { expect, test } from 'vitest';
import { historyHoursMax, stepSeconds } from './read-history.ts';

test('a chart has a value a minute where it can be read, and never more than 750', () => {
  expect(stepSeconds(1)).toBe(60);
  for (let hours = 1; hours <= historyHoursMax; hours += 1)
    expect((hours * 3600) / stepSeconds(hours)).toBeLessThanOrEqual(750);
});
