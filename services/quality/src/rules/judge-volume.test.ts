import { expect, test } from 'vitest';
import { judgeVolume } from './judge-volume.ts';

test('it is silent until it knows enough weeks', () => {
  expect(judgeVolume(0, [100, 100], 3)).toEqual({ deviations: null, usual: null, weeks: 2 });
});

test('a usual hour is near zero, an empty and a double one are far off, each with its sign', () => {
  const earlier = [1000, 980, 1010, 1030, 990];
  const deviations = (count: number) => judgeVolume(count, earlier, 3).deviations!;
  expect(Math.abs(deviations(1005))).toBeLessThan(1);
  expect(deviations(0)).toBeLessThan(-10);
  expect(deviations(2000)).toBeGreaterThan(10);
});

test('one holiday among the weeks does not spoil the baseline', () => {
  expect(judgeVolume(1000, [1000, 0, 1010, 990, 1005], 3).usual).toBe(1000);
});

test('an hour that is always empty may have a few rows', () => {
  expect(judgeVolume(2, [0, 0, 0, 0], 3).deviations).toBe(2);
});
