import { expect, test } from 'vitest';
import { type DoorSeries, knownBefore, liveDoors, silentDoors } from './door-series.ts';

const door = (
  name: string,
  ends: Record<string, number[]>,
  isClosed = false,
  seenMs = 0,
): DoorSeries => ({ door: name, ends, isClosed, seenMs, offset: 0 });

test('a topic is read from where the open door that is furthest behind has told everything', () => {
  const series = [
    door('a', { t: [10, 4] }),
    door('b', { t: [7, 9] }),
    door('c', { t: [1, 1] }, true),
  ];
  expect(knownBefore(series, 't')).toEqual([7, 4]);
});

test('a partition that an open door does not know is read from its start', () => {
  expect(knownBefore([door('a', { t: [10, 4] }), door('b', { t: [7] })], 't')).toEqual([7, 0]);
});

test('when all doors are closed, what the last one told is known', () => {
  const series = [door('a', { t: [10] }, true), door('b', { t: [30] }, true)];
  expect(knownBefore(series, 't')).toEqual([30]);
  expect(knownBefore(series, 'other')).toBeUndefined();
});

test('a door is taken for dead after its silence, but for one that knows topics of another project', () => {
  const series = [
    door('silent', { t: [1] }, false, 5),
    door('speaks', { t: [1] }, false, 50),
    door('closed', { t: [1] }, true, 5),
    door('foreign', { t: [1], x: [1] }, false, 5),
  ];
  expect(silentDoors(series, new Set(['t']), 20).map((one) => one.door)).toEqual(['silent']);
});

test('doors are counted that are open and speak, and the one that asks in any case', () => {
  const series = [
    door('silent', {}, false, 5),
    door('speaks', {}, false, 50),
    door('own', {}, false, 60),
    door('closed', {}, true, 60),
  ];
  expect(liveDoors(series, 20)).toBe(2);
  expect(liveDoors([], 20)).toBe(1);
});
