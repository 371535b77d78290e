/** What docs/streams/writing-transforms.md shows runs here; that it stands there word for word: typescript-blocks.test.ts. */
import { createDriver, type Driver, type Sources, type Stream, transform } from '@millrace/streams';
import { expect, test } from 'vitest';
import * as joins from './join-examples.ts';
import * as stateful from './stateful-examples.ts';
import * as stateless from './stateless-examples.ts';

const driverOf = (example: (sources: Sources) => unknown): Driver =>
  createDriver(
    transform('example', (sources) => {
      const { place } = example(sources) as Stream<unknown>;
      place.graph.sink(place.output, 'out');
    }),
  );

const departure = (minute: number, more: object = {}) => ({
  flight_id: `F${minute}`,
  departed_at: minute * 60_000,
  delay_minutes: 0,
  distance_miles: 100,
  origin: 'ORD',
  destination: 'SFO',
  ...more,
});

const airport = (driver: Driver, name: string, more: object = {}) => {
  const row = { iata: 'ORD', name, city: 'Chicago', state: 'IL', country: 'USA', ...more };
  driver.pipe('flights.airports', row, { key: 'ORD', timeMs: 0 });
};

const fly = (driver: Driver, ...flights: readonly object[]) => {
  for (const flight of flights) driver.pipe('flights.departed', flight);
};

const valuesOf = (driver: Driver) => driver.take('out').map(({ value }) => value);

const outOf = (example: (sources: Sources) => unknown, ...flights: readonly object[]) => {
  const driver = driverOf(example);
  fly(driver, ...flights);
  driver.close();
  return valuesOf(driver);
};

test('what keeps no state', async () => {
  const flights = [
    departure(0, { delay_minutes: 20 }),
    departure(1, { delay_minutes: -3, origin: 'JFK' }),
    departure(2),
  ];
  const ids = (example: (sources: Sources) => unknown) =>
    outOf(example, ...flights).map((value) => (value as { flight_id: string }).flight_id);
  expect(outOf(stateless.from, flights[0]!)).toEqual([
    { flight_id: 'F0', origin: 'ORD', delay_minutes: 20, departed_at: 0 },
  ]);
  expect(ids(stateless.filter)).toEqual(['F0']);
  expect(outOf(stateless.map, flights[0]!)).toEqual([{ flight_id: 'F0', distance_km: 160.9344 }]);
  expect(outOf(stateless.flatMap, flights[0]!)).toEqual([
    { airport: 'ORD', way: 'out' },
    { airport: 'SFO', way: 'in' },
  ]);
  expect(outOf(stateless.peek, flights[0]!)).toEqual([{ flight_id: 'F0', seen: 1 }]);
  expect(outOf(stateless.branch, ...flights)).toEqual(['late', 'early', 'rest']);
  expect(outOf(stateless.merge, flights[0]!)).toEqual([{ airport: 'ORD' }, { airport: 'SFO' }]);
  expect(ids(stateless.validate)).toEqual(['F0', 'F1', 'F2']);
  expect(outOf(stateless.keyBy, flights[0]!)).toEqual(['ORD', 'ORD|SFO']);
  const enriched = driverOf(stateless.enrich);
  fly(enriched, flights[0]!);
  await enriched.settle();
  expect(valuesOf(enriched)).toEqual(['ORD: fog']);
});

test('refused records have a place of their own', () => {
  const driver = driverOf(stateless.validate);
  fly(driver, departure(0, { delay_minutes: 5000 }));
  expect(driver.take('flights.refused_departures')).toMatchObject([
    { value: { flight_id: 'F0', reason: 'delay out of range' } },
  ]);
});

test('changes of a captured table', () => {
  const driver = driverOf(stateless.changes);
  airport(driver, 'Orchard Field');
  airport(driver, "O'Hare");
  airport(driver, "O'Hare", { city: 'Rosemont' });
  expect(valuesOf(driver)).toMatchObject([
    { before: { name: 'Orchard Field' }, after: { name: "O'Hare" } },
  ]);
});

test('windows', () => {
  const flights = [
    departure(1, { delay_minutes: 4 }),
    departure(9, { delay_minutes: 20 }),
    departure(12, { delay_minutes: -6 }),
  ];
  expect(outOf(stateful.aggregate, ...flights)).toEqual([
    {
      key: 'ORD',
      window: { startMs: 0, endMs: 600_000 },
      value: {
        flights: 2,
        late_flights: 1,
        delay_minutes: 24,
        mean_delay_minutes: 12,
        best: 4,
        worst: 20,
      },
    },
    expect.objectContaining({ window: { startMs: 600_000, endMs: 1_200_000 } }),
  ]);
  const counts = (example: (sources: Sources) => unknown) =>
    outOf(example, ...flights).map((row) => (row as { value: { flights: number } }).value.flights);
  expect(counts(stateful.hoppingWindows)).toEqual([3, 1]);
  expect(counts(stateful.slidingWindows)).toEqual([1, 1, 2, 1]);
  expect(counts(stateful.sessions)).toEqual([3]);
  const ten = Array.from({ length: 10 }, (_, minute) => departure(minute, { delay_minutes: 2 }));
  expect(outOf(stateful.countingWindows, ...ten)).toMatchObject([{ value: { delay_minutes: 20 } }]);
});

test('folds', () => {
  const flights = [
    departure(1, { delay_minutes: 4 }),
    departure(2, { delay_minutes: 20, destination: 'JFK' }),
    departure(3, { delay_minutes: 7, destination: 'LAX' }),
    departure(4, { delay_minutes: 1 }),
  ];
  expect(outOf(stateful.folds, ...flights)).toMatchObject([
    {
      value: {
        destinations: 3,
        delays: [4, 20],
        worst_three: ['F2', 'F3', 'F1'],
        first_out: 'F1',
        last_out: 'F4',
        all: ['F1', 'F2', 'F3', 'F4'],
        longest_name: 'SFO',
      },
    },
  ]);
});

test('results before a window has closed, and records after it has', () => {
  const driver = driverOf(stateful.emission);
  fly(driver, departure(1), departure(2), departure(3));
  driver.advanceClock(5_000);
  const counts = valuesOf(driver).map(
    (row) => (row as { value: { flights: number } }).value.flights,
  );
  expect(counts.at(-1)).toBe(3);
  expect(counts.length).toBeLessThan(4);
  expect(outOf(stateful.late, departure(1), departure(10), departure(5))).toEqual([
    { flight_id: 'F5', late_by_ms: 0 },
  ]);
  const short = driverOf(stateful.lateOption);
  fly(short, departure(1), departure(10), departure(5));
  expect(short.take('flights.refused_departures')).toMatchObject([
    { value: { flight_id: 'F5', reason: 'too late for its window' } },
  ]);
});

test('state without windows', () => {
  const flights = [departure(1), departure(3), departure(2)];
  expect(outOf(stateful.running, ...flights).at(-1)).toEqual({ key: 'ORD', value: { flights: 3 } });
  expect(outOf(stateful.deduplicate, departure(1), departure(1), departure(2))).toHaveLength(2);
  const quiet = driverOf(stateful.process);
  fly(quiet, departure(1), departure(30), departure(200));
  expect(valuesOf(quiet)).toEqual([{ airport: 'ORD', quiet_since: 30 * 60_000 }]);
});

test('records out of order are put in order', () => {
  const driver = createDriver(
    transform('ordered', (sources) => {
      const { place } = stateful.inOrder({
        ...sources,
        from: (contract, options) => sources.from(contract, { ...options, disorder: '5 min' }),
      } as Sources);
      place.graph.sink(place.output, 'out');
    }),
  );
  fly(driver, departure(3), departure(1), departure(20));
  expect(valuesOf(driver)).toMatchObject([{ flight_id: 'F1' }, { flight_id: 'F3' }]);
});

test('joins', () => {
  const withAirport = (example: (sources: Sources) => unknown) => {
    const driver = driverOf(example);
    airport(driver, "O'Hare");
    fly(driver, departure(1), departure(2, { origin: 'XXX' }));
    driver.close();
    return valuesOf(driver);
  };
  expect(withAirport(joins.globalJoin)).toEqual(['Chicago', null]);
  expect(withAirport(joins.tableJoin)).toEqual([{ flight_id: 'F1', state: 'IL' }]);
  expect(withAirport(joins.asOfJoin)).toEqual([{ flight_id: 'F1', name: "O'Hare" }]);
  expect(
    outOf(
      joins.streamJoin,
      departure(0, { origin: 'SFO', destination: 'ORD' }),
      departure(60),
      departure(400),
    ),
  ).toEqual([{ left: 'F60', came: 'F0' }]);
});

test('tables', () => {
  const perState = driverOf(joins.tables);
  airport(perState, "O'Hare");
  airport(perState, "O'Hare", { state: 'WI' });
  expect(valuesOf(perState)).toEqual([
    { state: 'IL', airports: 1 },
    { state: 'IL', airports: null },
    { state: 'WI', airports: 1 },
  ]);
  const named = driverOf(joins.foreignKey);
  named.pipe('flights.delays_by_airport', { airport: 'ORD', flights: 7 }, { key: 'ORD|0' });
  airport(named, 'Orchard Field');
  airport(named, "O'Hare");
  expect(valuesOf(named)).toEqual([
    { name: 'Orchard Field', flights: 7 },
    { name: "O'Hare", flights: 7 },
  ]);
});
