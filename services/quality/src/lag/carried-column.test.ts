import { expect, test } from 'vitest';
import { carriedColumn, isSameLayout } from './carried-column.ts';

const layoutOf = (...topics: readonly (readonly [string, number, string?])[]) => {
  let partitions = 0;
  const places = topics.map(([name, count, topicId = name]) => {
    const place = { name, topicId, first: partitions, partitions: count, mayRead: true };
    partitions += count;
    return [name, place] as const;
  });
  return { topics: new Map(places), partitions, leaders: new Int32Array(partitions) };
};

test('a column keeps what is of a topic, wherever it stands, and forgets one that was made anew', () => {
  const before = layoutOf(['a', 2], ['b', 1], ['c', 1]);
  const after = layoutOf(['b', 2], ['a', 2], ['c', 1, 'anew']);
  expect([...carriedColumn(Float64Array.of(1, 2, 3, 4), before, after)]).toEqual([
    ...[3, Number.NaN, 1, 2, Number.NaN],
  ]);
});

test('layouts are the same when every partition has its place and its rights, whoever leads it', () => {
  const one = layoutOf(['a', 2], ['b', 1]);
  const moved = { ...layoutOf(['a', 2], ['b', 1]), leaders: Int32Array.of(1, 2, 3) };
  expect(isSameLayout(one, moved)).toBe(true);
  expect(isSameLayout(one, layoutOf(['b', 1], ['a', 2]))).toBe(false);
  expect(isSameLayout(one, layoutOf(['a', 2], ['b', 1, 'anew']))).toBe(false);
  expect(isSameLayout(one, layoutOf(['a', 1], ['b', 2]))).toBe(false);
  expect(isSameLayout(one, layoutOf(['a', 3]))).toBe(false);
  const { topics, ...rest } = one;
  const closed = new Map([...topics].map(([name, place]) => [name, { ...place, mayRead: false }]));
  expect(isSameLayout(one, { ...rest, topics: closed })).toBe(false);
});
