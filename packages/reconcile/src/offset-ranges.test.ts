import { expect, test } from 'vitest';
import { createRangeList, rangesOfBuckets, rangesText } from './offset-ranges.ts';

test('neighbouring offsets become one range, and the total counts offsets', () => {
  const list = createRangeList();
  for (const offset of [1, 2, 3, 7, 9, 10]) list.add(offset);
  list.add(11, 20);
  expect(list.ranges).toEqual([
    { from: 1, to: 3 },
    { from: 7, to: 7 },
    { from: 9, to: 20 },
  ]);
  expect([list.total, list.last]).toEqual([16, 20]);
  expect(rangesText(list, 2)).toBe('1–3, 7, … (16 offsets)');
});

test('a list of very many ranges keeps its total and bounds its memory', () => {
  const list = createRangeList();
  for (let offset = 0; offset < 60_000; offset += 2) list.add(offset);
  expect([list.total, list.ranges.length, list.last]).toEqual([30_000, 10_000, 59_998]);
});

test('buckets are cut to the window that they were asked for', () => {
  expect(rangesOfBuckets([0, 1, 4], 10, 3, 45)).toEqual([
    { from: 3, to: 19 },
    { from: 40, to: 44 },
  ]);
});
