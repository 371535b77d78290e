import { expect, test } from 'vitest';
import { createSums } from './create-sums.ts';

test('sums are told by label, once', () => {
  const sums = createSums();
  sums.add(2, 'a');
  sums.add(3, 'a');
  sums.add(1, 'b');
  sums.add(0, 'c');
  const told: unknown[] = [];
  sums.take((sum, label) => told.push([label, sum]));
  sums.take((sum, label) => told.push([label, sum]));
  expect(told).toEqual([
    ['a', 5],
    ['b', 1],
  ]);
});
