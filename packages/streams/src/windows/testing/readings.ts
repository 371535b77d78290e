import fc from 'fast-check';
import type { Stream } from '../../dsl/stream.ts';
import { count } from '../../folds/count.ts';
import { max, min } from '../../folds/extremes.ts';
import type { Folds } from '../../folds/fold.ts';
import { mean } from '../../folds/mean.ts';
import { sum } from '../../folds/sum.ts';
import { transform } from '../../transform.ts';
import { createOriginClock } from '../../watermarks/origin-clock.ts';
import type { Emission } from '../emission.ts';
import type { WindowKind } from '../window-kinds.ts';
import type { WindowResult } from '../window-result.ts';
import type { Interleaved, TimedValue } from './run-interleaved.ts';

/** Records of a few keys, on a few partitions, more or less in disorder. */
export interface Reading {
  readonly key: string;
  readonly number: number;
}

export const TARGETS = 2;

/** Mostly onwards in time, as records come; sometimes back, now and then far. */
const partition = fc
  .array(
    fc.record({
      onMs: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 30 })),
      backMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 0, max: 40 }),
      ),
      value: fc.record({
        key: fc.constantFrom('a', 'b', 'c', 'd'),
        number: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.1, 0.2, 1e16, -1e16)),
      }),
    }),
    { maxLength: 40, size: 'max' },
  )
  .map((readings) => {
    let nowMs = 0;
    return readings.map(({ onMs, backMs, value }) => {
      nowMs += onMs;
      return { timeMs: Math.max(0, nowMs - backMs), value };
    });
  });

/** Partitions, and two orders in which they might be worked on. */
export const givenReadings = fc.record({
  partitions: fc.array(partition, { minLength: 1, maxLength: 3 }),
  disorderMs: fc.constantFrom(0, 5, 30),
  steps: fc.array(fc.nat(10_000), { maxLength: 80, size: 'max' }),
  otherSteps: fc.array(fc.nat(10_000), { maxLength: 80, size: 'max' }),
});

const of = ({ number }: Reading) => number;

export const readingFolds = {
  records: count<Reading>(),
  sum: sum(of),
  mean: mean(of),
  least: min(of),
  most: max(of),
};

/** As before, but never combined before the repartition. */
export const uncombined: Folds<Reading> = {
  ...readingFolds,
  records: { ...readingFolds.records, exact: false },
};

export const aggregateReadings = (
  window: WindowKind,
  of: Folds<Reading>,
  emit: Emission = 'final',
) =>
  transform('readings', ({ from }) => {
    const readings = from('readings' as never) as unknown as Stream<Reading>;
    readings
      .keyBy(({ key }) => key)
      .window(window)
      .aggregate(of, { emit })
      .to('results' as never);
  });

/** Every record, with the watermark of its partition before it. */
export const judged = function* (
  partitions: readonly (readonly TimedValue[])[],
  disorderMs: number,
): Iterable<Reading & { readonly timeMs: number; readonly watermarkMs: number }> {
  for (const records of partitions) {
    const clock = createOriginClock(disorderMs);
    for (const { timeMs, value } of records) {
      yield { ...(value as Reading), timeMs, watermarkMs: clock.see(timeMs) };
    }
  }
};

/** A window, found by nothing but the records that are not late for it. */
export interface WindowByHand {
  readonly key: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Of its result. */
  readonly timeMs: number;
  readonly numbers: readonly number[];
}

/** The results of windows by target partition, in the order and form in which `runInterleaved` tells them. */
export const resultsByHand = (windows: readonly WindowByHand[]): Interleaved['results'] => {
  const results: string[][] = Array.from({ length: TARGETS }, () => []);
  for (const { key, startMs, endMs, timeMs, numbers } of windows.toSorted(inOrder)) {
    const total = exactSum(numbers);
    const value = {
      records: numbers.length,
      sum: total,
      mean: total / numbers.length,
      least: Math.min(...numbers),
      most: Math.max(...numbers),
    };
    const result = { key, window: { startMs, endMs }, value };
    results[key.codePointAt(0)! % TARGETS]!.push(JSON.stringify([key, result, timeMs]));
  }
  return results;
};

const inOrder = (one: WindowByHand, other: WindowByHand): number =>
  one.endMs - other.endMs || one.startMs - other.startMs || (one.key < other.key ? -1 : 1);

/** A sum without rounding: every number here is a whole multiple of 2^-60. */
const exactSum = (numbers: readonly number[]): number => {
  const scale = 2 ** 60;
  return Number(numbers.reduce((sum, number) => sum + BigInt(number * scale), 0n)) / scale;
};

/** What is left when each result has taken the place of the one before for its window, and null has taken it away. */
export const newestResults = (results: Interleaved['results']): ReadonlySet<string> => {
  const newest = new Map<string, string>();
  for (const text of results.flat()) {
    const [, { key, window, value }] = JSON.parse(text) as [string, WindowResult<unknown>];
    const id = JSON.stringify([key, window]);
    if (value === null) newest.delete(id);
    else newest.set(id, JSON.stringify([key, window, value]));
  }
  return new Set(newest.values());
};
