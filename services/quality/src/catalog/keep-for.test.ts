import { expect, test } from 'vitest';
import { keepFor } from './keep-for.ts';

test('a value is made once for its span', () => {
  let now = 0;
  let made = 0;
  const value = keepFor(
    1000,
    () => now,
    () => (made += 1),
  );
  expect([value(), value()]).toEqual([1, 1]);
  now = 1000;
  expect([value(), value()]).toEqual([2, 2]);
});
