import { expect, test } from 'vitest';
import { createQuietStretches } from './quiet-stretch.ts';

const layoutOf = (topicId: string, first = 0) => ({
  topics: new Map([['t', { name: 't', topicId, first, partitions: 1, mayRead: true }]]),
  ...{ partitions: first + 1, leaders: new Int32Array(first + 1) },
});

test('from within a stretch the next record is behind it, and stretches that touch are one', () => {
  const quiet = createQuietStretches();
  quiet.follow(layoutOf('a'));
  expect(quiet.skip(0, 5)).toBe(5);
  quiet.learn(0, 5, 7);
  quiet.learn(0, 7, 9);
  expect([4, 5, 6, 7, 8, 9].map((offset) => quiet.skip(0, offset))).toEqual([4, 9, 9, 9, 9, 9]);
  quiet.learn(0, 20, 21);
  expect([5, 20].map((offset) => quiet.skip(0, offset))).toEqual([5, 21]);
});

test('a stretch moves with its topic, and goes with it', () => {
  const quiet = createQuietStretches();
  quiet.follow(layoutOf('a'));
  quiet.learn(0, 5, 7);
  quiet.follow(layoutOf('a', 3));
  expect(quiet.skip(3, 5)).toBe(7);
  quiet.follow(layoutOf('made again', 3));
  expect(quiet.skip(3, 5)).toBe(5);
});
