import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDriver, type Driver } from '../driver/driver.ts';
import type { KeyedStream, Stream } from '../dsl/stream.ts';
import { count } from '../folds/count.ts';
import { fold } from '../folds/custom.ts';
import { max } from '../folds/extremes.ts';
import type { Folds } from '../folds/fold.ts';
import { sum } from '../folds/sum.ts';
import { transform } from '../transform.ts';
import { every } from './emission.ts';
import { counting, hopping, session, tumbling, type WindowKind } from './window-kinds.ts';
import type { KeyResult, WindowResult } from './window-result.ts';

interface Reading {
  readonly key: string;
  readonly number: number;
}

const driven = (build: (readings: KeyedStream<Reading>) => void) =>
  createDriver(
    transform('readings', ({ from }) => {
      const readings = from('readings' as never) as unknown as Stream<Reading>;
      build(readings.keyBy(({ key }) => key));
    }),
  );

interface Counted {
  readonly records: number;
  readonly sum: number;
}

const number = ({ number }: Reading) => {
  if (number < 0) throw new RangeError('below zero');
  return number;
};

test('a running aggregate hands on what a key has come to, at the highest time of its records', () => {
  const driver = driven((readings) =>
    readings.aggregate({ records: count(), most: max(number) }).to('results' as never),
  );
  driver.pipe('readings', { key: 'a', number: 3 }, { timeMs: 10 });
  driver.pipe('readings', { key: 'b', number: 1 }, { timeMs: 11 });
  driver.pipe('readings', { key: 'a', number: 2 }, { timeMs: 5 });
  expect(driver.take('results')).toMatchObject([
    { key: 'a', value: { key: 'a', value: { records: 1, most: 3 } }, timeMs: 10 },
    { key: 'b', value: { key: 'b', value: { records: 1, most: 1 } }, timeMs: 11 },
    { key: 'a', value: { key: 'a', value: { records: 2, most: 3 } }, timeMs: 10 },
  ]);
});

test('case 27: changes that are held back are told after a restart, too', () => {
  const driver = driven((readings) =>
    readings.aggregate({ sum: sum(number) }, { emit: every(10) }).to('results' as never),
  );
  const results = () =>
    driver.take('results').map(({ value }) => {
      const { key, value: result } = value as KeyResult<{ sum: number }>;
      return `${key}=${result.sum}`;
    });
  driver.pipe('readings', { key: 'a', number: 1 }, { timeMs: 0 });
  expect(results()).toEqual(['a=1']);
  driver.pipe('readings', { key: 'a', number: 2 }, { timeMs: 0 });
  driver.pipe('readings', { key: 'b', number: 4 }, { timeMs: 0 });
  expect(results()).toEqual([]);
  driver.reopen();
  driver.advanceClock(10);
  expect(results()).toEqual(['a=3', 'b=4']);
  driver.advanceClock(10);
  expect(results()).toEqual([]);
});

test('windows of the results of windows take each of them, in whatever order partitions are read', () => {
  const records = fc.array(
    fc.record({ key: fc.constantFrom('a', 'b', 'c'), onMs: fc.nat(6), backMs: fc.nat(9) }),
    { maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(records, fc.constantFrom(0, 4), fc.nat(100), (given, graceMs, seed) => {
      const driver = createDriver(
        transform('twice', ({ from }) => {
          const readings = from('readings' as never, { disorder: 9 }) as unknown as Stream<Reading>;
          readings
            .keyBy(({ key }) => key)
            .window(hopping({ size: 10, advance: 5, grace: graceMs }))
            .aggregate({ records: count() })
            .keyBy(({ window }) => window.startMs)
            .window(tumbling(5))
            .aggregate({ all: sum(({ value }) => value.records) })
            .to('results' as never);
        }),
        { partitions: 3 },
      );
      let nowMs = 0;
      const expected = new Map<string, number>();
      for (const { key, onMs, backMs } of given) {
        nowMs += onMs;
        const timeMs = Math.max(0, nowMs - backMs);
        driver.pipe('readings', { key, number: 1 }, { timeMs, partition: onMs % 3 });
        for (const startMs of [timeMs - (timeMs % 5) - 5, timeMs - (timeMs % 5)]) {
          if (startMs >= 0) expected.set(`${startMs}`, (expected.get(`${startMs}`) ?? 0) + 1);
        }
      }
      driver.close();
      const totals = (of: Driver) =>
        of.take('results').map(({ value }) => {
          const { key, window, value: result } = value as WindowResult<{ all: number }>;
          return [key, window.startMs, result.all] as const;
        });
      const live = totals(driver);
      expect(new Map(live.map(([key, , all]) => [key, all]))).toEqual(expected);
      for (const [key, startMs] of live) expect(startMs).toBe(Number(key) + 5);
      const replay = driver.replay(seed);
      replay.close();
      expect(new Set(totals(replay).map(String))).toEqual(new Set(live.map(String)));
      expect(driver.takeLate()).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('windows by number are handed on when they are full, and overlap when they begin more often', () => {
  const results = (window: WindowKind) => {
    const driver = driven((readings) =>
      readings
        .window(window)
        .aggregate({ sum: sum(number) })
        .to('results' as never),
    );
    for (const [at, number] of [1, 2, 4, 8, 16, 32].entries()) {
      driver.pipe('readings', { key: 'a', number }, { timeMs: 10 - at });
      driver.reopen();
    }
    return driver.take('results').map(({ value, timeMs }) => {
      const { window, value: result } = value as WindowResult<{ sum: number }>;
      return `${result.sum} of ${window.startMs} to ${window.endMs} at ${timeMs}`;
    });
  };
  expect(results(counting({ size: 3 }))).toEqual(['7 of 8 to 10 at 10', '56 of 5 to 7 at 7']);
  expect(results(counting({ size: 3, advance: 2 }))).toEqual([
    '7 of 8 to 10 at 10',
    '28 of 6 to 8 at 8',
  ]);
  expect(() => counting({ size: 2, advance: 3 })).toThrow(/makes no sense/);
});

const windows: readonly [string, WindowKind | undefined][] = [
  ['tumbling windows', tumbling(10)],
  ['hopping windows', hopping({ size: 10, advance: 5 })],
  ['sessions', session({ gap: 2 })],
  ['windows by number', counting({ size: 1 })],
  ['no windows', undefined],
];

test.each(windows)(
  'a record for which a fold throws leaves nothing behind, with %s',
  (_of, window) => {
    const folds: Folds<Reading> = { records: count<Reading>(), sum: sum(number) };
    const run = (numbers: readonly number[]) => {
      const driver = driven((readings) => {
        if (window === undefined) readings.aggregate(folds).to('results' as never);
        else
          readings
            .window(window)
            .aggregate(folds)
            .to('results' as never);
      });
      for (const [at, number] of numbers.entries()) {
        driver.pipe('readings', { key: 'a', number }, { timeMs: number < 0 ? 50 : at });
      }
      driver.pipe('readings', { key: 'b', number: 0 }, { timeMs: 100 });
      return { results: driver.take('results'), failures: driver.takeFailures() };
    };
    const { results, failures } = run([1, 2, 4, -1]);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ error: { code: 'transform.function-failed' } });
    const values = results.map(({ value }) => (value as KeyResult<Counted>).value);
    expect(values.every(({ records }) => records > 0)).toBe(true);
    expect(Math.max(...values.map(({ sum }) => sum))).toBe(window?.kind === 'counting' ? 4 : 7);
  },
);

test('a fold that throws when its result is asked for fails that result, and no other', () => {
  const picky = fold({
    init: () => 0,
    add: (total: number, { number }: Reading) => total + number,
    result(total) {
      if (total === 13) throw new RangeError('thirteen');
      return total;
    },
  });
  const driver = driven((readings) =>
    readings
      .window(tumbling(10))
      .aggregate({ picky })
      .to('results' as never),
  );
  driver.pipe('readings', { key: 'a', number: 13 }, { timeMs: 0 });
  driver.pipe('readings', { key: 'b', number: 1 }, { timeMs: 0 });
  driver.pipe('readings', { key: 'c', number: 0 }, { timeMs: 10 });
  expect(driver.take('results')).toMatchObject([{ key: 'b', value: { value: { picky: 1 } } }]);
  expect(driver.takeFailures()).toHaveLength(1);
});

test.each([
  ['where records are combined before they change partition', count<Reading>()],
  ['where they are not', { ...count<Reading>(), exact: false }],
])('late records can be read as a stream, %s', (_where, records) => {
  const driver = driven((readings) => {
    const counted = readings
      .window(tumbling(10, { grace: 5 }))
      .aggregate({ records }, { name: 'tens' });
    counted.to('results' as never);
    counted.late().to('late' as never);
  });
  driver.pipe('readings', { key: 'a', number: 1 }, { timeMs: 17 });
  driver.pipe('readings', { key: 'a', number: 2 }, { timeMs: 3 });
  const lateness = { operator: 'tens', windowStartMs: 0, windowEndMs: 10, lateByMs: 2 };
  expect(driver.take('late')).toMatchObject([
    { key: 'a', timeMs: 3, value: { value: { key: 'a', number: 2 }, ...lateness } },
  ]);
  expect(driver.takeLate()).toEqual([]);
});
