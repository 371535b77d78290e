import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Stream } from '../dsl/stream.ts';
import { NO_WATERMARK } from '../flow.ts';
import { count } from '../folds/count.ts';
import { max, min } from '../folds/extremes.ts';
import type { Folds } from '../folds/fold.ts';
import { mean } from '../folds/mean.ts';
import { sum } from '../folds/sum.ts';
import { transform } from '../transform.ts';
import { createOriginClock } from '../watermarks/origin-clock.ts';
import { runInterleaved, type TimedValue } from './testing/run-interleaved.ts';
import { hopping, type TimeWindow, tumbling, type WindowKind } from './window-kinds.ts';

interface Reading {
  readonly key: string;
  readonly number: number;
}

const of = ({ number }: Reading) => number;
const folds = {
  records: count<Reading>(),
  sum: sum(of),
  mean: mean(of),
  least: min(of),
  most: max(of),
};

/** As before, but never combined before the repartition. */
const uncombined: Folds<Reading> = { ...folds, records: { ...folds.records, exact: false } };

const aggregate = (window: WindowKind, of: Folds<Reading>) =>
  transform('readings', ({ from }) => {
    const readings = from('readings' as never) as unknown as Stream<Reading>;
    readings
      .keyBy(({ key }) => key)
      .window(window)
      .aggregate(of)
      .to('results' as never);
  });

const TARGETS = 2;

const partition = fc.array(
  fc.record({
    timeMs: fc.integer({ min: 0, max: 120 }),
    value: fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      number: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(0.1, 0.2, 1e16, -1e16)),
    }),
  }),
  { maxLength: 40 },
);

const given = fc.record({
  partitions: fc.array(partition, { minLength: 1, maxLength: 3 }),
  disorderMs: fc.constantFrom(0, 5, 30),
  steps: fc.array(fc.nat(10_000), { maxLength: 80 }),
  otherSteps: fc.array(fc.nat(10_000), { maxLength: 80 }),
});

const timeWindow = fc
  .record({
    size: fc.integer({ min: 1, max: 12 }),
    advance: fc.integer({ min: 1, max: 12 }),
    grace: fc.constantFrom(0, 3, 20),
  })
  .map(({ size, advance, grace }) =>
    size <= advance ? tumbling(size, { grace }) : hopping({ size, advance, grace }),
  );

/** The windows, each with its records, told by nothing but each record's own partition. */
const windowsByHand = (
  { sizeMs, advanceMs, graceMs }: TimeWindow,
  partitions: readonly (readonly TimedValue[])[],
  disorderMs: number,
) => {
  const windows = new Map<string, { startMs: number; key: string; records: number[] }>();
  for (const records of partitions) {
    const clock = createOriginClock(disorderMs, NO_WATERMARK);
    for (const { timeMs, value } of records) {
      const { key, number } = value as Reading;
      const watermarkMs = clock.see(timeMs);
      for (let startMs = 0; startMs <= timeMs; startMs += advanceMs) {
        const endMs = startMs + sizeMs;
        if (timeMs >= endMs || watermarkMs >= endMs + graceMs) continue;
        const id = `${startMs} ${key}`;
        const window = windows.get(id) ?? { startMs, key, records: [] };
        window.records.push(number);
        windows.set(id, window);
      }
    }
  }
  return [...windows.values()].sort(
    (one, other) => one.startMs - other.startMs || (one.key < other.key ? -1 : 1),
  );
};

/** A sum without rounding: every number here is a whole multiple of 2^-60. */
const exactSum = (numbers: readonly number[]): number => {
  const scale = 2 ** 60;
  const total = numbers.reduce((sum, number) => sum + BigInt(number * scale), 0n);
  return Number(total) / scale;
};

const resultsByHand = (
  window: TimeWindow,
  partitions: readonly (readonly TimedValue[])[],
  disorderMs: number,
) => {
  const results: string[][] = Array.from({ length: TARGETS }, () => []);
  for (const { startMs, key, records } of windowsByHand(window, partitions, disorderMs)) {
    const endMs = startMs + window.sizeMs;
    const total = exactSum(records);
    const value = {
      records: records.length,
      sum: total,
      mean: total / records.length,
      least: Math.min(...records),
      most: Math.max(...records),
    };
    const result = { key, window: { startMs, endMs }, value };
    results[key.codePointAt(0)! % TARGETS]!.push(JSON.stringify([key, result, endMs - 1]));
  }
  return results;
};

test('final results of time windows depend on the records alone: not on commits, restarts or how partitions interleave', () => {
  fc.assert(
    fc.property(timeWindow, given, (window, { partitions, disorderMs, steps, otherSteps }) => {
      const common = { partitions, disorderMs, targets: TARGETS };
      const expected = resultsByHand(window, partitions, disorderMs);
      const combined = runInterleaved(aggregate(window, folds), { ...common, steps });
      expect(combined.results).toEqual(expected);
      const replayed = runInterleaved(aggregate(window, folds), { ...common, steps: otherSteps });
      expect(replayed).toEqual(combined);
      const plain = runInterleaved(aggregate(window, uncombined), { ...common, steps });
      expect(plain.results).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

test('nothing is left in the stores when every window has closed, but where closing has come to', () => {
  fc.assert(
    fc.property(timeWindow, given, (window, { partitions, disorderMs, steps }) => {
      const { left } = runInterleaved(aggregate(window, folds), {
        partitions,
        disorderMs,
        targets: TARGETS,
        steps,
      });
      expect(left).toBeLessThanOrEqual(TARGETS);
    }),
    { numRuns: 30 },
  );
});
