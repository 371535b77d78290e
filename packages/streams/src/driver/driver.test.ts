import { readFileSync } from 'node:fs';
import { parseProject } from '@millrace/contracts';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { ReadOf } from '../dsl/contract-types.ts';
import { coPartitioned } from '../dsl/place.ts';
import type { Sources } from '../dsl/sources.ts';
import type { KeyedStream, Stream } from '../dsl/stream.ts';
import type { OperatorSpec } from '../operator.ts';
import type { TimedStoreSpec } from '../stores/store.ts';
import { type TransformOptions, transform } from '../transform.ts';
import { createDriver, type DriverOptions } from './driver.ts';

interface Reading {
  readonly sensor: string;
  readonly value: number;
}

const store: TimedStoreSpec<{ sum: number }> = { kind: 'timed', name: 'sums', shape: 'sum:v1' };

/** Sums values per key in windows of ten milliseconds; final results only. */
const sums: OperatorSpec = {
  kind: 'sums',
  stores: [store],
  closeAheadMs: 10,
  watermarkDelayMs: 1,
  create: ({ timed, emit, late, watermarkMs: now }) => {
    const open = timed(store);
    return {
      process(flow) {
        const { key, value, timeMs, watermarkMs } = flow;
        const startMs = Math.floor(timeMs / 10) * 10;
        const lateByMs = watermarkMs - startMs - 10;
        if (lateByMs >= 0) {
          const info = { windowStartMs: startMs, windowEndMs: startMs + 10, lateByMs };
          late(flow, { operator: 'sums-1', ...info });
          return;
        }
        const before = open.get(startMs, key!)?.sum ?? 0;
        open.set(startMs, key!, { sum: before + (value as Reading).value });
      },
      advance(watermarkMs) {
        for (const startMs of open.times(undefined, watermarkMs - 9)) {
          const entries = [...open.at(startMs)].sort(([a], [b]) => (a < b ? -1 : 1));
          for (const [key, { sum }] of entries)
            emit({
              key,
              value: `${key} ${startMs} ${sum}`,
              timeMs: startMs + 9,
              watermarkMs: now(),
            });
        }
        open.dropBefore(watermarkMs - 9);
      },
    };
  },
};

const summed = ({ from }: Sources): void => {
  const readings = from('readings' as never, {
    idle: { after: '30 s', action: 'close' },
  }) as unknown as Stream<Reading>;
  const { graph, output } = coPartitioned(readings.keyBy(({ sensor }) => sensor).place);
  graph.sink(
    graph.operator('sums', () => sums, [output]),
    'sums',
  );
};

const driverOf = (options?: DriverOptions) => createDriver(transform('summed', summed), options);

const values = (driver: ReturnType<typeof createDriver>, contract: string) =>
  driver.take(contract).map(({ value }) => value);

test('records pass through the stateless operators in order, each with its key and time', () => {
  const driver = createDriver(
    transform('doubled', ({ from }) => {
      (from('in' as never) as unknown as Stream<Reading>)
        .filter(({ value }) => value > 0)
        .flatMap(({ sensor, value }) => [
          { sensor, value },
          { sensor, value: -value },
        ])
        .keyBy(({ sensor }) => sensor)
        .map(({ value }, { key }) => ({ from: key, value }))
        .to('out' as never);
    }),
  );
  driver.pipe('in', { sensor: 'a', value: 3 }, { timeMs: 10 });
  driver.pipe('in', { sensor: 'b', value: -3 }, { timeMs: 11 });
  expect(driver.take('out')).toEqual([
    { key: 'a', value: { from: 'a', value: 3 }, timeMs: 10 },
    { key: 'a', value: { from: 'a', value: -3 }, timeMs: 10 },
  ]);
  expect(driver.take('out')).toEqual([]);
});

test('a record without a key is left out and counted', () => {
  const driver = createDriver(
    transform('keyed', ({ from }) => {
      (from('in' as never) as unknown as Stream<Reading>).keyBy(() => null).to('out' as never);
    }),
  );
  driver.pipe('in', { sensor: 'a', value: 3 });
  expect(driver.take('out')).toEqual([]);
  expect(driver.skipped).toEqual({ 'key-1: no-key': 1 });
});

describe('with several partitions', () => {
  test('event time is that of the slowest, behind a repartition, too', () => {
    const driver = driverOf({ partitions: 2 });
    driver.pipe('readings', { sensor: 'a', value: 1 }, { timeMs: 5, partition: 0 });
    driver.pipe('readings', { sensor: 'b', value: 2 }, { timeMs: 30, partition: 0 });
    expect(values(driver, 'sums')).toEqual([]);
    driver.pipe('readings', { sensor: 'a', value: 4 }, { timeMs: 6, partition: 1 });
    driver.pipe('readings', { sensor: 'b', value: 8 }, { timeMs: 20, partition: 1 });
    expect(values(driver, 'sums')).toEqual(['a 0 5']);
  });

  test('a record is late by its own partition', () => {
    const driver = driverOf({ partitions: 2 });
    driver.pipe('readings', { sensor: 'a', value: 1 }, { timeMs: 50, partition: 0 });
    driver.pipe('readings', { sensor: 'a', value: 2 }, { timeMs: 5, partition: 1 });
    driver.pipe('readings', { sensor: 'a', value: 4 }, { timeMs: 5, partition: 0 });
    expect(driver.takeLate()).toMatchObject([
      { flow: { value: { value: 4 } }, info: { lateByMs: 40 } },
    ]);
  });

  test('one that is silent is waited for until its time is over, and then all close', () => {
    const driver = driverOf({ partitions: 2 });
    driver.pipe('readings', { sensor: 'a', value: 1 }, { timeMs: 5, partition: 0 });
    driver.advanceClock(29_999);
    expect(values(driver, 'sums')).toEqual([]);
    driver.advanceClock(1);
    expect(values(driver, 'sums')).toEqual(['a 0 1']);
  });

  test('a replay in any other interleaving has the same final results', () => {
    const driver = driverOf({ partitions: 3 });
    for (let at = 0; at < 60; at += 1) {
      const sensor = ['a', 'b', 'c', 'd'][at % 4]!;
      driver.pipe('readings', { sensor, value: at }, { timeMs: at * 3, partition: (at * 7) % 3 });
    }
    driver.close();
    const finals = values(driver, 'sums').sort();
    expect(finals.length).toBeGreaterThan(40);
    for (const seed of [0, 1, 2]) {
      const again = driver.replay(seed);
      again.close();
      expect(values(again, 'sums').sort()).toEqual(finals);
    }
  });
});

test('with commits by hand nothing is seen before one', () => {
  const driver = driverOf({ commitEvery: 'manual' });
  driver.pipe('readings', { sensor: 'a', value: 1 }, { timeMs: 5 });
  driver.pipe('readings', { sensor: 'a', value: 1 }, { timeMs: 15 });
  expect(values(driver, 'sums')).toEqual([]);
  driver.commit();
  expect(values(driver, 'sums')).toEqual(['a 0 1']);
});

test('state and event time survive starting anew', () => {
  const driver = driverOf();
  driver.pipe('readings', { sensor: 'a', value: 1 }, { timeMs: 5 });
  driver.pipe('readings', { sensor: 'b', value: 4 }, { timeMs: 6 });
  const [before] = driver.state('sums');
  driver.reopen();
  expect(driver.state('sums')[0]!.value).not.toBe(before!.value);
  expect(driver.state('sums')).toEqual([
    { partition: 0, key: 'a', timeMs: 0, value: { sum: 1 } },
    { partition: 0, key: 'b', timeMs: 0, value: { sum: 4 } },
  ]);
  driver.pipe('readings', { sensor: 'a', value: 2 }, { timeMs: 7 });
  driver.close();
  expect(values(driver, 'sums')).toEqual(['a 0 3', 'b 0 4']);
  driver.reopen();
  driver.pipe('readings', { sensor: 'a', value: 2 }, { timeMs: 7 });
  expect(driver.takeLate()).toHaveLength(1);
});

describe('a function that throws', () => {
  const failing = (options?: TransformOptions) =>
    createDriver(
      transform(
        'failing',
        ({ from }) => {
          const numbers = from('in' as never) as unknown as Stream<number>;
          numbers.to('all' as never);
          numbers
            .map((value) => {
              if (value === 2) throw new RangeError('two');
              return value;
            })
            .to('out' as never);
        },
        options,
      ),
    );

  test('takes its record out of every output', () => {
    const driver = failing();
    for (const value of [1, 2, 3]) driver.pipe('in', value);
    expect(values(driver, 'all')).toEqual([1, 3]);
    expect(values(driver, 'out')).toEqual([1, 3]);
    expect(driver.takeFailures()).toMatchObject([
      { error: { message: 'map-1: RangeError: two' }, piped: { contract: 'in', value: 2 } },
    ]);
  });

  test('takes its record out of what is on its way to another task, too', () => {
    const driver = createDriver(
      transform('failing', (sources) => {
        summed(sources);
        (sources.from('readings' as never) as unknown as Stream<Reading>)
          .map(({ value }) => {
            if (value === 2) throw new RangeError('two');
            return value;
          })
          .to('out' as never);
      }),
    );
    for (const value of [1, 2]) driver.pipe('readings', { sensor: 'a', value }, { timeMs: 5 });
    driver.close();
    expect(values(driver, 'out')).toEqual([1]);
    expect(values(driver, 'sums')).toEqual(['a 0 1']);
  });

  test('stops a transform that is to halt', () => {
    const driver = failing({ onError: 'halt' });
    expect(() => driver.pipe('in', 2)).toThrow('map-1: RangeError: two');
  });
});

describe('with contracts', () => {
  const root = new URL('../../../../', import.meta.url);
  const { contracts } = parseProject(
    ['departed', 'refused_departures', 'airports']
      .flatMap((name) => [`schemas/flights/${name}.avsc`, `schemas/flights/${name}.odcs.yaml`])
      .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') })),
  );
  const departure = {
    flight_id: 'F1',
    departed_at: 1_000,
    delay_minutes: 5,
    distance_miles: 400,
    origin: 'ORD',
    destination: 'SFO',
  };
  const airport = { iata: 'ORD', name: "O'Hare", country: 'USA', latitude: 42, longitude: -88 };

  test('records have the key and the time that the contracts give them', () => {
    const driver = createDriver(
      transform('checked', ({ from }) => {
        from('flights.departed', { time: 'departed_at' })
          .validate(() => 'no', { rejected: 'flights.refused_departures' })
          .to('flights.departed');
      }),
      { contracts },
    );
    driver.input('flights.departed').pipe(departure);
    const [refused] = driver.output('flights.refused_departures').take();
    expect(refused).toEqual({ key: 'F1', timeMs: 1_000, value: { ...departure, reason: 'no' } });
    expectTypeOf(refused!.value).toEqualTypeOf<ReadOf<'flights.refused_departures'>>();
  });

  test('a record that its contract does not take fails, coming in or going out', () => {
    const driver = createDriver(
      transform('checked', ({ from }) => {
        from('flights.departed')
          .map((flight) => ({ ...flight, delay_minutes: flight.delay_minutes / 2 }))
          .to('flights.departed');
      }),
      { contracts },
    );
    expect(() => driver.pipe('flights.departed', { origin: 'ORD' })).toThrow(/does not fit/);
    driver.pipe('flights.departed', departure);
    expect(driver.take('flights.departed')).toEqual([]);
    expect(driver.takeFailures()).toMatchObject([{ error: { code: 'avro.value-invalid' } }]);
  });

  test('of a captured table a test tells the row as it is now', () => {
    const driver = createDriver(
      transform('renamed', ({ changes }) => {
        (changes('flights.airports') as KeyedStream<unknown>).to('changes' as never);
      }),
      { contracts: contracts.filter(({ id }) => id === 'flights.airports') },
    );
    const write = driver.input('flights.airports');
    expect(() => write.pipe(null)).toThrow('a row of a table needs its key');
    expect(() => write.pipe(airport)).not.toThrow();
  });

  test('only the fields that a source asks for are there', () => {
    const driver = createDriver(
      transform('few', ({ from }) => {
        from('flights.departed', { fields: ['origin'], time: 'departed_at' }).to('few' as never);
      }),
    );
    driver.pipe('flights.departed', departure);
    expect(driver.take('few')).toEqual([
      { key: null, value: { origin: 'ORD', departed_at: 1_000 }, timeMs: 1_000 },
    ]);
  });
});

test('changes of a captured table carry the row before and after', () => {
  const driver = createDriver(
    transform('renamed', ({ changes }) => {
      (changes('flights.airports') as KeyedStream<unknown>).to('out' as never);
    }),
  );
  const rows = [{ name: 'one' }, { name: 'two' }, null];
  for (const row of rows) driver.pipe('flights.airports', row, { key: 'ORD' });
  driver.pipe('flights.airports', { op: 'r', before: null, after: { name: 'x' } }, { key: 'ORD' });
  expect(values(driver, 'out')).toEqual([
    { op: 'c', before: null, after: { name: 'one' } },
    { op: 'u', before: { name: 'one' }, after: { name: 'two' } },
    { op: 'd', before: { name: 'two' }, after: null },
    { op: 'r', before: null, after: { name: 'x' } },
  ]);
});
