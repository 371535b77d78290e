import { expect, test } from 'vitest';
import { createSampling } from './sampling.ts';

test('what is slow enough is looked at as a whole, what is faster by every n-th', () => {
  const { take } = createSampling(100);
  expect([...take(5, 0)]).toEqual([0, 1, 2, 3, 4]);
  expect([...take(995, 0)]).toHaveLength(995);
  expect([...take(1000, 0)]).toEqual([0]);
  const tenth = [...take(1000, 1000)];
  expect(tenth).toHaveLength(101 - 2);
  expect(new Set(tenth).size).toBe(tenth.length);
  expect(tenth[1]).toBe(10);
});

test('a rest saves up no more than ten seconds', () => {
  const { take } = createSampling(10);
  expect([...take(1000, 0)]).toHaveLength(100);
  expect([...take(1000, 3_600_000)]).toHaveLength(100);
});
