/** Burrow's cases, one a test. */
import { expect, test } from 'vitest';
import { judgePartition, SAMPLES } from './judge-partition.ts';

/** From samples `[committed, end]`, the newest last; fewer than a window holds: it has just begun. */
const judge = (samples: readonly (readonly [number, number])[], hasMembers = true) => {
  const missing = Array.from({ length: SAMPLES - samples.length }, () => Number.NaN);
  const committed = Float64Array.from([...missing, ...samples.map(([at]) => at)]);
  const lag = Float64Array.from([...missing, ...samples.map(([at, end]) => end - at)]);
  return judgePartition({ committed, lag, from: 0 }, hasMembers);
};
const window = (sample: (n: number) => readonly [number, number]) =>
  Array.from({ length: SAMPLES }, (_, n) => sample(n));

test('caught up and idle: ok, with members and without', () => {
  expect(judge(window(() => [7, 7]))).toBe('ok');
  expect(
    judge(
      window(() => [7, 7]),
      false,
    ),
  ).toBe('ok');
});

test('at the end now is ok, whatever was before', () => {
  expect(judge(window((n) => (n < 9 ? [5, 100 + n] : [200, 200])))).toBe('ok');
});

test('stopped: records wait, nothing is committed, nobody is there', () => {
  expect(
    judge(
      window((n) => [5, 100 + n]),
      false,
    ),
  ).toBe('stopped');
  expect(
    judge(
      window(() => [5, 100]),
      false,
    ),
  ).toBe('stopped');
});

test('stalled: records wait, a member is there and stays where it is', () => {
  expect(judge(window((n) => [5, 100 + n]))).toBe('stalled');
  expect(judge(window(() => [5, 6]))).toBe('stalled');
});

test('behind: it moves, and is never less behind than before', () => {
  expect(judge(window((n) => [n * 10, 100 + n * 20]))).toBe('behind');
  expect(judge(window((n) => [n * 10, 100 + n * 10]))).toBe('behind');
});

test('catching up is ok, also slowly and not in every step', () => {
  expect(judge(window((n) => [n * 20, 1000 + n * 10]))).toBe('ok');
  expect(judge(window((n) => [n * 10 + (n < 5 ? 0 : 100), 1000 + n * 12]))).toBe('ok');
});

test('it was at the end within the window: ok, though nothing has been committed since', () => {
  expect(judge(window((n) => [50, 50 + n]))).toBe('ok');
  expect(
    judge(
      window((n) => [50, 50 + n]),
      false,
    ),
  ).toBe('ok');
});

test('rewound: it went back, and has not come as far again', () => {
  expect(judge(window((n) => (n < 5 ? [100, 100] : [10 + n, 100])))).toBe('rewound');
  expect(
    judge(
      window((n) => (n < 5 ? [100, 120] : [0, 120])),
      false,
    ),
  ).toBe('rewound');
});

test('rewound and as far again: no longer', () => {
  expect(judge(window((n) => (n === 5 ? [10, 120] : [100 + n, 120])))).toBe('ok');
});

test('rewound and then still is stopped or stalled, when the fall has left the window', () => {
  expect(
    judge(
      window(() => [0, 120]),
      false,
    ),
  ).toBe('stopped');
});

test('a window that is not whole does not tell of standing still', () => {
  expect(
    judge([
      [5, 9],
      [5, 10],
    ]),
  ).toBe('unknown');
  expect(judge([[5, 9]])).toBe('unknown');
  expect(
    judge([
      [5, 9],
      [8, 10],
    ]),
  ).toBe('ok');
  expect(
    judge([
      [8, 10],
      [5, 10],
    ]),
  ).toBe('rewound');
});

test('an end that is not known says nothing', () => {
  expect(judge(window(() => [5, Number.NaN]))).toBe('unknown');
});
