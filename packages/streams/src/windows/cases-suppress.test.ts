import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { every } from './emission.ts';
import { type Given, joined, windowed } from './testing/windowed.ts';
import { hopping, tumbling } from './window-kinds.ts';

/**
 * What Kafka Streams answers, by the cases of SuppressScenarioTest and of its windowed aggregates that hold
 * results back. Final results of time windows are told at the last time of the window, not, as there, of its records.
 * Case 26 has no counterpart: what is held back has no bound by number that would tell it early.
 */

const counted = count<Given>();
const suppressed = [0, 1, 2, 1, 0, 5, 0] as const;

test('case 21: updates of time windows, and none for a record beyond the grace', () => {
  const { pipe, take } = windowed(tumbling(2, { grace: 1 }), counted, { emit: 'update' });
  for (const timeMs of suppressed) pipe('k1', 'v1', timeMs);
  expect(take()).toEqual([
    'k1[0,2)=1@0',
    'k1[0,2)=2@1',
    'k1[2,4)=1@2',
    'k1[0,2)=3@1',
    'k1[0,2)=4@1',
    'k1[4,6)=1@5',
  ]);
});

test('case 21: final results of time windows come once, when they have closed', () => {
  const { pipe, take } = windowed(tumbling(2, { grace: 1 }), counted);
  for (const timeMs of suppressed) pipe('k1', 'v1', timeMs);
  expect(take()).toEqual(['k1[0,2)=4@1', 'k1[2,4)=1@3']);
});

const withGrace = [
  ['A', '1', 0],
  ['A', '2', 5],
  ['A', '3', 10],
  ['B', '4', 6],
  ['B', '5', 11],
  ['B', '6', 15],
  ['C', '7', 25],
] as const;

test.each([0, 1000])(
  'case 9: the interval of updates, here %d ms, does not change what is final',
  (everyMs) => {
    const window = hopping({ size: 10, advance: 5, grace: 5 });
    const { pipe, take } = windowed(window, joined, { emit: every(everyMs) });
    pipe('first', '', 0);
    take();
    for (const [key, value, timeMs] of withGrace) pipe(key, value, timeMs);
    const finals = ['A[0,10)=0+1+2@9', 'A[5,15)=0+2+3@14', 'B[10,20)=0+5+6@19'];
    expect(take()).toEqual(expect.arrayContaining(finals));
  },
);

test('case 25: updates in between are held back until their time has come', () => {
  const { driver, pipe, take } = windowed(tumbling(100), counted, { emit: every(2) });
  pipe('v1', '', 0);
  expect(take()).toEqual(['v1[0,100)=1@0']);
  pipe('v1', '', 1);
  pipe('v2', '', 1);
  pipe('v1', '', 2);
  expect(take()).toEqual([]);
  driver.advanceClock(1);
  expect(take()).toEqual([]);
  driver.advanceClock(1);
  expect(take()).toEqual(['v1[0,100)=3@2', 'v2[0,100)=1@1']);
});
