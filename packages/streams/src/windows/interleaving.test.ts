import fc from 'fast-check';
import { expect, test } from 'vitest';
import { collect, first, last } from '../folds/by-time.ts';
import { distinct } from '../folds/distinct.ts';
import type { Folds } from '../folds/fold.ts';
import { quantiles } from '../folds/quantiles.ts';
import { topN } from '../folds/top.ts';
import { type Emission, every } from './emission.ts';
import {
  aggregateReadings,
  givenReadings,
  judged,
  newestResults,
  type Reading,
  readingFolds,
  resultsByHand,
  TARGETS,
  uncombined,
  type WindowByHand,
} from './testing/readings.ts';
import { runInterleaved, type TimedValue } from './testing/run-interleaved.ts';
import {
  hopping,
  type SessionWindow,
  type SlidingWindow,
  session,
  sliding,
  type TimeWindow,
  tumbling,
  type WindowKind,
} from './window-kinds.ts';

const grace = fc.constantFrom(0, 3, 20);

const timeWindow = fc
  .record({
    size: fc.integer({ min: 1, max: 12 }),
    advance: fc.integer({ min: 1, max: 12 }),
    grace,
  })
  .map(({ size, advance, grace }) =>
    size <= advance ? tumbling(size, { grace }) : hopping({ size, advance, grace }),
  );
const sessionWindow = fc.record({ gap: fc.integer({ min: 1, max: 12 }), grace }).map(session);
const slidingWindow = fc
  .record({ difference: fc.integer({ min: 1, max: 12 }), grace })
  .map(sliding);

type ByHand<W> = (
  window: W,
  partitions: readonly (readonly TimedValue[])[],
  disorderMs: number,
) => readonly WindowByHand[];

const timeWindowsByHand: ByHand<TimeWindow> = (window, partitions, disorderMs) => {
  const { sizeMs, advanceMs, graceMs } = window;
  const found = Map.groupBy(
    [...judged(partitions, disorderMs)].flatMap((reading) => {
      const windows = [];
      for (let startMs = 0; startMs <= reading.timeMs; startMs += advanceMs) {
        const endMs = startMs + sizeMs;
        const isOpen = reading.watermarkMs < endMs + graceMs;
        if (reading.timeMs < endMs && isOpen) windows.push({ ...reading, startMs, endMs });
      }
      return windows;
    }),
    ({ key, startMs }) => `${key} ${startMs}`,
  );
  return [...found.values()].map((members) => {
    const { key, startMs, endMs } = members[0]!;
    return { key, startMs, endMs, timeMs: endMs - 1, numbers: members.map(({ number }) => number) };
  });
};

const sessionsByHand: ByHand<SessionWindow> = ({ gapMs, graceMs }, partitions, disorderMs) => {
  const onTime = [...judged(partitions, disorderMs)]
    .filter(({ timeMs, watermarkMs }) => watermarkMs <= timeMs + gapMs + graceMs)
    .sort((one, other) => one.timeMs - other.timeMs);
  return [...Map.groupBy(onTime, ({ key }) => key).values()].flatMap((readings) => {
    const sessions: (typeof readings)[] = [];
    for (const reading of readings) {
      const last = sessions.at(-1);
      if (last !== undefined && reading.timeMs - last.at(-1)!.timeMs <= gapMs) last.push(reading);
      else sessions.push([reading]);
    }
    return sessions.map((members) => {
      const endMs = members.at(-1)!.timeMs;
      const numbers = members.map(({ number }) => number);
      return { key: members[0]!.key, startMs: members[0]!.timeMs, endMs, timeMs: endMs, numbers };
    });
  });
};

const slidingByHand: ByHand<SlidingWindow> = (window, partitions, disorderMs) => {
  const { differenceMs, graceMs } = window;
  const byKey = Map.groupBy(judged(partitions, disorderMs), ({ key }) => key);
  return [...byKey.values()].flatMap((readings) => {
    const isOpen = (endMs: number, watermarkMs: number) => watermarkMs <= endMs + graceMs;
    const onTime = readings.filter(({ timeMs, watermarkMs }) =>
      isOpen(timeMs + differenceMs, watermarkMs),
    );
    const ends = onTime.flatMap(({ timeMs, watermarkMs }) => {
      const leftMs = Math.max(timeMs, differenceMs);
      const rightMs = timeMs + 1 + differenceMs;
      return isOpen(leftMs, watermarkMs) ? [leftMs, rightMs] : [rightMs];
    });
    return [...new Set(ends)].flatMap((endMs) => {
      const startMs = endMs - differenceMs;
      const members = onTime.filter(
        ({ timeMs, watermarkMs }) =>
          startMs <= timeMs && timeMs <= endMs && isOpen(endMs, watermarkMs),
      );
      if (members.length === 0) return [];
      const timeMs = Math.max(...members.map((member) => member.timeMs));
      const numbers = members.map(({ number }) => number);
      return [{ key: members[0]!.key, startMs, endMs, timeMs, numbers }];
    });
  });
};

const everyWindow: readonly [string, fc.Arbitrary<WindowKind>, ByHand<never>][] = [
  ['time windows', timeWindow, timeWindowsByHand],
  ['sessions', sessionWindow, sessionsByHand],
  ['sliding windows', slidingWindow, slidingByHand],
];

/** `leftMax`: entries of stores that may outlive all windows. */
const finalResultsAreThoseByHand = <W extends WindowKind>(
  windows: fc.Arbitrary<W>,
  byHand: ByHand<W>,
  leftMax: number,
): void => {
  fc.assert(
    fc.property(windows, givenReadings, (window, { partitions, disorderMs, steps, otherSteps }) => {
      const given = { partitions, disorderMs, targets: TARGETS };
      const expected = resultsByHand(byHand(window, partitions, disorderMs));
      const combined = runInterleaved(aggregateReadings(window, readingFolds), { ...given, steps });
      expect(combined.results).toEqual(expected);
      expect(combined.left).toBeLessThanOrEqual(leftMax);
      const replay = { ...given, steps: otherSteps };
      expect(runInterleaved(aggregateReadings(window, readingFolds), replay)).toEqual(combined);
      const plain = runInterleaved(aggregateReadings(window, uncombined), { ...given, steps });
      expect(plain.results).toEqual(expected);
    }),
    { numRuns: 80 },
  );
};

test('final results of time windows depend on the records alone: not on commits, restarts, combining or how partitions interleave', () => {
  finalResultsAreThoseByHand(timeWindow, timeWindowsByHand, TARGETS);
});

test('final sessions depend on the records alone: not on commits, restarts, combining or how partitions interleave', () => {
  finalResultsAreThoseByHand(sessionWindow, sessionsByHand, 0);
});

test('final results of sliding windows depend on the records alone: not on commits, restarts or how partitions interleave', () => {
  finalResultsAreThoseByHand(slidingWindow, slidingByHand, TARGETS);
});

test.each(everyWindow)(
  'the newest updates of %s come to what their final results are, with and without combining',
  (_of, windows, byHand) => {
    fc.assert(
      fc.property(
        windows,
        givenReadings,
        fc.constantFrom<Emission>('update', every(0), every(9)),
        (window, given, emit) => {
          const { partitions, disorderMs, steps } = given;
          const expected = newestResults(
            resultsByHand(byHand(window as never, partitions, disorderMs)),
          );
          for (const folds of [readingFolds, uncombined]) {
            const transform = aggregateReadings(window, folds, emit);
            const run = runInterleaved(transform, {
              partitions,
              disorderMs,
              steps,
              targets: TARGETS,
            });
            expect(newestResults(run.results)).toEqual(expected);
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);

const text = ({ number }: Reading) => String(number);
const number = ({ number }: Reading) => number;
const otherFolds: Folds<Reading> = {
  first: first(text),
  last: last(number),
  all: collect(number, { max: 4 }),
  different: distinct(text, { exactUpTo: 4 }),
  best: topN(3, number),
  spread: quantiles([0.1, 0.5, 0.9], number, { exactUpTo: 6 }),
};

test.each(everyWindow)(
  'every fold that says it is exact has the same results of %s in every order',
  (_of, windows) => {
    fc.assert(
      fc.property(
        windows,
        givenReadings,
        (window, { steps, otherSteps, partitions, disorderMs }) => {
          const given = { partitions, disorderMs, targets: TARGETS };
          const run = runInterleaved(aggregateReadings(window, otherFolds), { ...given, steps });
          const replay = { ...given, steps: otherSteps };
          expect(runInterleaved(aggregateReadings(window, otherFolds), replay)).toEqual(run);
        },
      ),
      { numRuns: 20 },
    );
  },
);
