import { expect, test } from 'vitest';
import { count } from '../folds/count.ts';
import { type Given, joined, windowed } from './testing/windowed.ts';
import { timePanes } from './time-panes.ts';
import { hopping, tumbling } from './window-kinds.ts';

/**
 * What Kafka Streams answers, by the cases of its own tests: TimeWindowsTest, KStreamWindowAggregateTest,
 * TimeWindowedKStreamIntegrationTest.
 */

const starts = (size: number, advance: number, timeMs: number): number[] => {
  const { firstStartMs, lastStartMs } = timePanes(hopping({ size, advance })).at(timeMs);
  return Array.from(
    { length: (lastStartMs - firstStartMs) / advance + 1 },
    (_one, at) => firstStartMs + at * advance,
  );
};

test('case 1: a time is in one tumbling window', () => {
  expect(starts(12, 12, 21)).toEqual([12]);
});

test('case 2: a time is in every hopping window that reaches over it', () => {
  expect(starts(12, 5, 21)).toEqual([10, 15, 20]);
});

test('case 3: hopping windows that barely overlap share the times of the overlap only', () => {
  expect(starts(6, 5, 7)).toEqual([5]);
  expect(starts(6, 5, 10)).toEqual([5, 10]);
});

test('case 4: windows without length, with gaps between them or with a negative grace are refused', () => {
  const code = { code: 'transform.invalid' };
  expect(() => tumbling(0)).toThrow(expect.objectContaining(code));
  expect(() => tumbling(3, { grace: -1 })).toThrow(expect.objectContaining(code));
  expect(() => hopping({ size: 10, advance: 0 })).toThrow(expect.objectContaining(code));
  expect(() => hopping({ size: 10, advance: 11 })).toThrow(expect.objectContaining(code));
});

test('case 5: every update of hopping windows is told in order, at the highest time of its records', () => {
  const { pipe, take } = windowed(hopping({ size: 10, advance: 5, grace: 100 }), joined, {
    emit: 'update',
  });
  pipe('A', '1', 0);
  pipe('B', '2', 1);
  pipe('C', '3', 2);
  pipe('D', '4', 3);
  pipe('A', '1', 4);
  pipe('A', '1', 5);
  pipe('B', '2', 6);
  pipe('D', '4', 7);
  pipe('B', '2', 8);
  pipe('C', '3', 9);
  pipe('A', '1', 10);
  pipe('B', '2', 11);
  pipe('D', '4', 12);
  pipe('B', '2', 13);
  pipe('C', '3', 14);
  pipe('B', '1', 3);
  pipe('B', '2', 2);
  pipe('B', '3', 9);
  expect(take()).toEqual([
    'A[0,10)=0+1@0',
    'B[0,10)=0+2@1',
    'C[0,10)=0+3@2',
    'D[0,10)=0+4@3',
    'A[0,10)=0+1+1@4',
    'A[0,10)=0+1+1+1@5',
    'A[5,15)=0+1@5',
    'B[0,10)=0+2+2@6',
    'B[5,15)=0+2@6',
    'D[0,10)=0+4+4@7',
    'D[5,15)=0+4@7',
    'B[0,10)=0+2+2+2@8',
    'B[5,15)=0+2+2@8',
    'C[0,10)=0+3+3@9',
    'C[5,15)=0+3@9',
    'A[5,15)=0+1+1@10',
    'A[10,20)=0+1@10',
    'B[5,15)=0+2+2+2@11',
    'B[10,20)=0+2@11',
    'D[5,15)=0+4+4@12',
    'D[10,20)=0+4@12',
    'B[5,15)=0+2+2+2+2@13',
    'B[10,20)=0+2+2@13',
    'C[5,15)=0+3+3@14',
    'C[10,20)=0+3@14',
    'B[0,10)=0+2+2+2+1@8',
    'B[0,10)=0+2+2+2+1+2@8',
    'B[0,10)=0+2+2+2+1+2+3@9',
    'B[5,15)=0+2+2+2+2+3@13',
  ]);
});

test.each([
  ['records', joined, '0+0'],
  ['partial results', count<Given>(), '1'],
])(
  'case 6: what comes after the end and the grace of its window is left out, of %s',
  (_of, of, value) => {
    const { driver, pipe, take } = windowed(tumbling(10, { grace: 90 }), of, { emit: 'update' });
    pipe('k', '0', 200);
    for (const timeMs of [100, 101, 102, 103, 104, 105, 6]) pipe('k', '0', timeMs);
    expect(take()).toEqual([`k[200,210)=${value}@200`]);
    const late = driver.takeLate();
    expect(late).toHaveLength(7);
    expect(late[0]).toMatchObject({
      flow: { key: 'k', timeMs: 100 },
      info: { windowStartMs: 100, windowEndMs: 110, lateByMs: 0 },
    });
    expect(late[6]).toMatchObject({ info: { windowStartMs: 0, lateByMs: 100 } });
  },
);

test('case 7: a record without a key is left out and counted', () => {
  const { driver, pipe, take } = windowed(tumbling(10), joined, { emit: 'update' });
  pipe(null, '1', 0);
  expect(take()).toEqual([]);
  expect(driver.skipped).toEqual({ 'key-1: no-key': 1 });
});

test('case 8: a window is not final before event time has gone on by its grace', () => {
  const { pipe, take } = windowed(hopping({ size: 10, advance: 5, grace: 5 }), joined);
  pipe('A', '1', 0);
  pipe('B', '2', 5);
  pipe('C', '3', 15);
  expect(take()).toEqual(['A[0,10)=0+1@9', 'B[0,10)=0+2@9']);
  pipe('D', '4', 15);
  pipe('E', '5', 19);
  expect(take()).toEqual([]);
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

test('case 10: every update of hopping windows with a grace', () => {
  const window = hopping({ size: 10, advance: 5, grace: 5 });
  const { pipe, take } = windowed(window, joined, { emit: 'update' });
  for (const [key, value, timeMs] of withGrace) pipe(key, value, timeMs);
  expect(take()).toEqual([
    'A[0,10)=0+1@0',
    'A[0,10)=0+1+2@5',
    'A[5,15)=0+2@5',
    'A[5,15)=0+2+3@10',
    'A[10,20)=0+3@10',
    'B[0,10)=0+4@6',
    'B[5,15)=0+4@6',
    'B[5,15)=0+4+5@11',
    'B[10,20)=0+5@11',
    'B[10,20)=0+5+6@15',
    'B[15,25)=0+6@15',
    'C[20,30)=0+7@25',
    'C[25,35)=0+7@25',
  ]);
});

test('case 10: final results of hopping windows with a grace, of every window that has closed', () => {
  const window = hopping({ size: 10, advance: 5, grace: 5 });
  const { pipe, take } = windowed(window, joined);
  for (const [key, value, timeMs] of withGrace) pipe(key, value, timeMs);
  expect(take()).toEqual([
    'A[0,10)=0+1+2@9',
    'B[0,10)=0+4@9',
    'A[5,15)=0+2+3@14',
    'B[5,15)=0+4+5@14',
    'A[10,20)=0+3@19',
    'B[10,20)=0+5+6@19',
  ]);
});
