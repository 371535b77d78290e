import { expect, test } from 'vitest';
import type { DoorSeries } from './door-series.ts';
import { createSuspectDoors } from './suspect-doors.ts';

const word = (door: string, end: number, offset = 0, isClosed = false): DoorSeries => ({
  ...{ door, ends: { t: [end] }, isClosed, seenMs: 0, offset },
});
const names = (doors: readonly DoorSeries[]) => doors.map(({ door }) => door);

test('a door that is silent while its topics are written to is read once, and again after its next silence', () => {
  const suspects = createSuspectDoors(300);
  const own = word('own', 10);
  expect(suspects.due([own, word('a', 7)], own, 0)).toEqual([]);
  expect(suspects.due([own, word('a', 7)], own, 299)).toEqual([]);
  const due = suspects.due([own, word('a', 7)], own, 300);
  expect(names(due)).toEqual(['a']);
  suspects.read(due);
  expect(suspects.due([own, word('a', 7)], own, 9000)).toEqual([]);
  expect(suspects.due([own, word('a', 9, 1)], own, 9001)).toEqual([]);
  expect(names(suspects.due([own, word('a', 9, 1)], own, 9301))).toEqual(['a']);
});

test('one that could not be read is due again; one that speaks, has nothing to say, or has stopped is not', () => {
  const suspects = createSuspectDoors(300);
  const own = word('own', 10);
  const doors = (offset: number) => [
    ...[own, word('stuck', 7), word('speaks', 7, offset), word('quiet', 10)],
    ...[word('closed', 1, 0, true), { ...word('foreign', 1), ends: { x: [1] } }],
  ];
  suspects.due(doors(1), own, 0);
  expect(names(suspects.due(doors(2), own, 400))).toEqual(['stuck']);
  expect(names(suspects.due(doors(3), own, 500))).toEqual(['stuck']);
});
