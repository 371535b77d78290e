import { expect, expectTypeOf, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import { shapeOf } from '../evolution/transform-shape.ts';
import { count } from '../folds/count.ts';
import { max } from '../folds/extremes.ts';
import { mean } from '../folds/mean.ts';
import { quantiles } from '../folds/quantiles.ts';
import { maxBy } from '../folds/top.ts';
import { cutIntoStages } from '../graph/stages.ts';
import { transform } from '../transform.ts';
import { every } from '../windows/emission.ts';
import {
  hopping,
  session,
  sliding,
  type TimeWindow,
  tumbling,
  type WindowKind,
} from '../windows/window-kinds.ts';
import type { WindowBounds, WindowResult } from '../windows/window-result.ts';
import type { Fits, ReadOf } from './contract-types.ts';
import type { KeyedStream, LateRecord } from './stream.ts';

type Departed = ReadOf<'flights.departed'>;

test('results are typed by their folds, and folds by the contract', () => {
  transform('typed', ({ from }) => {
    const flights = from('flights.departed', { time: 'departed_at' });
    const byOrigin = flights.keyBy(({ origin }) => origin).window(tumbling('10 min'));
    const delays = byOrigin.aggregate({
      flights: count(),
      delay: mean(({ delay_minutes }) => delay_minutes),
      destination: max(({ destination }) => destination),
      worst: maxBy(({ delay_minutes }) => delay_minutes),
      spread: quantiles([0.5, 0.99], ({ delay_minutes }) => delay_minutes),
      // @ts-expect-error: the field is delay_minutes
      wrong: mean(({ delay }) => delay),
    });
    delays.map(({ key, window, value }) => {
      expectTypeOf(key).toEqualTypeOf<string>();
      expectTypeOf(window).toEqualTypeOf<WindowBounds>();
      expectTypeOf(value.flights).toEqualTypeOf<number>();
      expectTypeOf(value.delay).toEqualTypeOf<number>();
      expectTypeOf(value.destination).toEqualTypeOf<string>();
      expectTypeOf(value.worst).toEqualTypeOf<Departed>();
      expectTypeOf(value.spread).toEqualTypeOf<readonly [number | null, number | null]>();
      // @ts-expect-error: there is no such fold
      return value.median;
    });
    delays.late().map(({ value, lateByMs }) => {
      expectTypeOf(value).toEqualTypeOf<Departed>();
      return expectTypeOf(lateByMs).toEqualTypeOf<number>();
    });
    delays.to('flights.departed' as never);
  });
});

test('sessions that are told before they have closed may be taken back by null; final ones are not', () => {
  transform('typed', ({ from }) => {
    const sessions = from('flights.departed')
      .keyBy(({ origin }) => origin)
      .window(session({ gap: '1 h' }));
    const final = sessions.aggregate({ flights: count() });
    final.map((result) =>
      expectTypeOf(result).toEqualTypeOf<WindowResult<{ readonly flights: number }>>(),
    );
    sessions
      .aggregate({ flights: count() }, { emit: every('5 s') })
      .map(({ value }) => expectTypeOf(value).toEqualTypeOf<{ readonly flights: number } | null>());
    final.to('flights.departed' as never);
  });
});

test('records that change partition are combined before, under names that follow that of the aggregate', () => {
  const names = (build: (name?: string) => object) => {
    const built = transform('named', ({ from }) => {
      const keyed = from('flights.departed').keyBy(({ origin }) => origin);
      keyed
        .window(tumbling('1 min'))
        .aggregate({ flights: count() }, build())
        .to('flights.departed' as never);
    });
    return cutIntoStages(built.graph).flatMap(({ operators, inputs }) =>
      [...inputs, ...operators].map(({ name }) => name),
    );
  };
  expect(names(() => ({ name: 'by_origin' }))).toEqual([
    'source-1',
    'key-1',
    'by_origin-combine',
    'by_origin-repartition',
    'by_origin',
  ]);
  expect(names(() => ({}))).toEqual([
    'source-1',
    'key-1',
    'combine-1',
    'repartition-1',
    'window-1',
  ]);
});

test('what state depends on is the window, the folds, and whether records are combined before; not the grace', () => {
  const shapeOfWindow = (window: TimeWindow, exact = true) => {
    const built = transform('shaped', ({ from }) => {
      const flights = { ...count<Departed>(), exact };
      const keyed = from('flights.departed').keyBy(({ origin }) => origin);
      keyed
        .window(window)
        .aggregate({ flights })
        .to('flights.departed' as never);
    });
    return Object.values(shapeOf(built, cutIntoStages(built.graph), () => 1).stores)[0]?.shape;
  };
  const shapes = [
    shapeOfWindow(tumbling('1 min')),
    shapeOfWindow(tumbling('2 min')),
    shapeOfWindow(tumbling('1 min'), false),
  ];
  expect(new Set(shapes).size).toBe(3);
  expect(shapeOfWindow(tumbling('1 min', { grace: '1 h' }))).toBe(shapes[0]);
});

const lateOf = (window: WindowKind, by: 'option' | 'function' | 'method') => {
  const driver = createDriver(
    transform('late', ({ from }) => {
      const keyed = from('flights.departed', { time: 'departed_at' }).keyBy(({ origin }) => origin);
      const folds = { worst: max(({ delay_minutes }: Departed) => delay_minutes) };
      const late =
        by === 'option'
          ? ('late' as never)
          : (stream: KeyedStream<LateRecord<Departed>>) => stream.to('late' as never);
      const results = keyed.window(window).aggregate(folds, by === 'method' ? {} : { late });
      if (by === 'method') results.late().to('late' as never);
      results.to('results' as never);
    }),
  );
  for (const minute of [1, 100, 2])
    driver.pipe('flights.departed', { origin: 'ORD', departed_at: minute * 60_000 });
  return driver.take('late').map(({ key, timeMs, value }) => ({ key, timeMs, value }));
};

test.each([
  ['tumbling', tumbling('10 min')],
  ['hopping', hopping({ size: '10 min', advance: '5 min' })],
  ['sliding', sliding({ difference: '10 min' })],
  ['session', session({ gap: '10 min' })],
] as const)(
  'late records of a %s window go where the option says, as late() has them',
  (_kind, window) => {
    const byMethod = lateOf(window, 'method');
    expect(byMethod).toMatchObject([
      { key: 'ORD', timeMs: 120_000, value: { value: { departed_at: 120_000 } } },
    ]);
    expect(lateOf(window, 'option')).toEqual(byMethod);
    expect(lateOf(window, 'function')).toEqual(byMethod);
  },
);

test('a contract that late records do not fit does not compile; a function may make them fit', () => {
  transform('typed', ({ from }) => {
    const windows = from('flights.departed', { time: 'departed_at' })
      .keyBy(({ origin }) => origin)
      .window(tumbling('10 min'));
    windows
      // @ts-expect-error: a late record has the departure as its value
      .aggregate({ flights: count() }, { late: 'flights.departed' })
      .to('flights.departed' as never);
    windows
      .aggregate(
        { flights: count() },
        {
          late: (late) =>
            late
              .map(({ value, lateByMs }) => ({ ...value, reason: `late by ${lateByMs} ms` }))
              .to('flights.refused_departures'),
        },
      )
      .map(({ value }) => expectTypeOf(value.flights).toEqualTypeOf<number>())
      .to('flights.departed' as never);
    expectTypeOf<LateRecord<Departed>>().toExtend<
      Fits<LateRecord<Departed>, LateRecord<Departed>>
    >();
  });
});
