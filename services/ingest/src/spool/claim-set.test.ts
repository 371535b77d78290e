import { expect, test } from 'vitest';
import { createClaimSet } from './claim-set.ts';

test('what was added is there, and nothing else, however often the set has grown', () => {
  const claims = createClaimSet();
  for (let number = 0; number < 10_000; number += 1) claims.add(`/till/1\n${number}`);
  for (let number = 0; number < 10_000; number += 3) claims.add(`/till/1\n${number}`);
  expect(claims.size()).toBe(10_000);
  for (let number = 0; number < 20_000; number += 1)
    expect(claims.has(`/till/1\n${number}`)).toBe(number < 10_000);
});
