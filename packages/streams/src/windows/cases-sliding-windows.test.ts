import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { fold } from '../folds/custom.ts';
import { type Given, joined, windowed } from './testing/windowed.ts';
import { sliding } from './window-kinds.ts';

/**
 * What Kafka Streams answers, by the cases of KStreamSlidingWindowAggregateTest, whose window ends at
 * its start and difference. Updates are compared as a set, as there.
 */

const smallInput = [
  ['1', 10],
  ['2', 10],
  ['3', 14],
  ['4', 15],
  ['5', 20],
  ['6', 22],
  ['7', 30],
] as const;

test('case 11: final sliding windows of a small input', () => {
  const { pipe, take } = windowed(sliding({ difference: 10, grace: 5 }), joined);
  for (const [value, timeMs] of smallInput) pipe('A', value, timeMs);
  expect(take()).toEqual([
    'A[0,10)=0+1+2@10',
    'A[4,14)=0+1+2+3@14',
    'A[5,15)=0+1+2+3+4@15',
    'A[10,20)=0+1+2+3+4+5@20',
    'A[11,21)=0+3+4+5@20',
    'A[12,22)=0+3+4+5+6@22',
  ]);
});

test('case 11: every update of sliding windows of a small input', () => {
  const { pipe, take } = windowed(sliding({ difference: 10, grace: 5 }), joined, {
    emit: 'update',
  });
  for (const [value, timeMs] of smallInput) pipe('A', value, timeMs);
  expect(new Set(take())).toEqual(
    new Set([
      'A[0,10)=0+1@10',
      'A[0,10)=0+1+2@10',
      'A[4,14)=0+1+2+3@14',
      'A[5,15)=0+1+2+3+4@15',
      'A[10,20)=0+1+2+3+4+5@20',
      'A[11,21)=0+3@14',
      'A[11,21)=0+3+4@15',
      'A[11,21)=0+3+4+5@20',
      'A[12,22)=0+3+4+5+6@22',
      'A[15,25)=0+4@15',
      'A[15,25)=0+4+5@20',
      'A[15,25)=0+4+5+6@22',
      'A[16,26)=0+5@20',
      'A[16,26)=0+5+6@22',
      'A[20,30)=0+5+6+7@30',
      'A[21,31)=0+6@22',
      'A[21,31)=0+6+7@30',
      'A[23,33)=0+7@30',
    ]),
  );
});

const earlyInput = [
  ['1', 0],
  ['2', 5],
  ['3', 6],
  ['4', 3],
  ['5', 13],
  ['6', 10],
  ['7', 70],
] as const;

/** Values in their own order: records of a sliding window are put together by time, not as they came. */
const ordered = fold({
  init: (): string[] => [],
  add: (values: string[], { value }: Given) => [...values, value!],
  merge: (into: string[], from: string[]) => [...into, ...from],
  result: (values) => ['0', ...values.sort()].join('+'),
});

test('case 12: windows that would begin before 1970 are one, which begins there', () => {
  const { pipe, take } = windowed(sliding({ difference: 50 }), ordered);
  for (const [value, timeMs] of earlyInput) pipe('A', value, timeMs);
  expect(take()).toEqual([
    'A[0,50)=0+1+2+3+4+5+6@13',
    'A[1,51)=0+2+3+4+5+6@13',
    'A[4,54)=0+2+3+5+6@13',
    'A[6,56)=0+3+5+6@13',
    'A[7,57)=0+5+6@13',
    'A[11,61)=0+5@13',
  ]);
});

test('case 12: every update of the windows that would begin before 1970', () => {
  const { pipe, take } = windowed(sliding({ difference: 50 }), ordered, { emit: 'update' });
  for (const [value, timeMs] of earlyInput) pipe('A', value, timeMs);
  expect(new Set(take())).toEqual(
    new Set([
      'A[0,50)=0+1@0',
      'A[0,50)=0+1+2@5',
      'A[0,50)=0+1+2+3@6',
      'A[0,50)=0+1+2+3+4@6',
      'A[0,50)=0+1+2+3+4+5@13',
      'A[0,50)=0+1+2+3+4+5+6@13',
      'A[1,51)=0+2@5',
      'A[1,51)=0+2+3@6',
      'A[1,51)=0+2+3+4@6',
      'A[1,51)=0+2+3+4+5@13',
      'A[1,51)=0+2+3+4+5+6@13',
      'A[4,54)=0+2+3@6',
      'A[4,54)=0+2+3+5@13',
      'A[4,54)=0+2+3+5+6@13',
      'A[6,56)=0+3@6',
      'A[6,56)=0+3+5@13',
      'A[6,56)=0+3+5+6@13',
      'A[7,57)=0+5@13',
      'A[7,57)=0+5+6@13',
      'A[11,61)=0+5@13',
      'A[20,70)=0+7@70',
    ]),
  );
});

test('case 13: a record whose every sliding window has closed is left out', () => {
  const { driver, pipe, take } = windowed(sliding({ difference: 10, grace: 90 }), joined, {
    emit: 'update',
  });
  pipe('k', '0', 200);
  for (const timeMs of [99, 90, 0]) pipe('k', '0', timeMs);
  expect(take()).toEqual(['k[190,200)=0+0@200']);
  expect(driver.takeLate().map(({ info }) => info.lateByMs)).toEqual([0, 9, 99]);
  pipe('k', '0', 100);
  expect(take()).toEqual(['k[101,111)=0+0@100'].slice(1));
});

test('case 24: final results of sliding windows, with records that only some of their windows take', () => {
  const { pipe, take } = windowed(sliding({ difference: 5, grace: 15 }), count());
  for (const timeMs of [10, 11, 10, 13, 10, 24, 5, 7, 90]) pipe('k1', 'v1', timeMs);
  expect(take()).toEqual([
    'k1[5,10)=5@10',
    'k1[6,11)=5@11',
    'k1[8,13)=5@13',
    'k1[11,16)=2@13',
    'k1[12,17)=1@13',
    'k1[19,24)=1@24',
  ]);
});

test('the window that begins behind a record that comes late has all in it up to its very end', () => {
  const { pipe, take } = windowed(sliding({ difference: 9, grace: 30 }), joined, {
    emit: 'update',
  });
  pipe('A', '8', 8);
  pipe('A', '10', 10);
  expect(take()).toContain('A[1,10)=0+8+10@10');
  pipe('A', '0', 0);
  expect(take()).toContain('A[1,10)=0+8+10@10');
});
