/** A block of TypeScript on a page is an example of this folder, which is compiled with everything else, or a file that tests/long/pages-run.test.ts compiles. */
import { createDriver, type Driver, type Sources, type Stream, transform } from '@millrace/streams';
import { expect, test } from 'vitest';
import { repositoryPages } from '../pages/repository-pages.ts';
import { root } from '../reference-pages.ts';
import * as guide from './guide-examples.ts';
import { readExamples } from './read-shown.ts';
import readme from './readme-transform.ts';

const blocks = repositoryPages(root).flatMap(({ path, blocks }) =>
  blocks
    .filter(({ language, mark }) => language === 'ts' && !mark?.startsWith('file: '))
    .map(({ code, line }) => ({ place: `${path}:${line}`, code })),
);
const examples = readExamples();

test('every block of TypeScript is compiled: it is an example, word for word', () => {
  const known = new Set(examples.map(({ code }) => code));
  expect(blocks.filter(({ code }) => !known.has(code)).map(({ place }) => place)).toEqual([]);
  expect(blocks.length).toBeGreaterThan(30);
});

test('every example is on a page', () => {
  const shown = new Set(blocks.map(({ code }) => code));
  const unseen = examples.filter(({ code }) => !shown.has(code));
  expect(unseen.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
});

const flight = (minute: number, more: object = {}) => ({
  flight_id: `F${minute}`,
  departed_at: minute * 60_000,
  delay_minutes: 20,
  distance_miles: 100,
  origin: 'ORD',
  destination: 'SFO',
  ...more,
});

test('the transform of README.md tells sessions of delay', () => {
  const driver = createDriver(readme);
  for (const one of [flight(0), flight(60), flight(70, { delay_minutes: 3 })])
    driver.pipe('flights.departed', one);
  driver.close();
  expect(driver.take('flights.route_delay_sessions').map(({ value }) => value)).toEqual([
    {
      ...{ origin: 'ORD', destination: 'SFO', started_at: 0, ended_at: 3_600_000 },
      ...{ late_flights: 2, delay_minutes: 40, worst_delay_minutes: 20 },
    },
  ]);
});

/** What an example answers to these flights, with the airport ORD known. */
const outOf = (example: (sources: Sources) => unknown, ...flights: readonly object[]) => {
  const driver = createDriver(
    transform('example', (sources) => {
      const { place } = example(sources) as Stream<unknown>;
      place.graph.sink(place.output, 'out');
    }),
  );
  const row = { iata: 'ORD', name: "O'Hare", city: 'Chicago', state: 'IL', country: 'USA' };
  driver.pipe('flights.airports', row, { key: 'ORD', timeMs: 0 });
  for (const one of flights) driver.pipe('flights.departed', one);
  driver.close();
  return valuesOf(driver);
};
const valuesOf = (driver: Driver) => driver.take('out').map(({ value }) => value);

test('windows.md: ten minutes of an airport', () => {
  expect(outOf(guide.wholeAggregate, flight(1), flight(9, { delay_minutes: 40 }))).toEqual([
    { airport: 'ORD', window_start: 0, flights: 2, delay_minutes: 30, worst: 40 },
  ]);
  expect(outOf(guide.named, flight(1))).toMatchObject([{ value: { flights: 1 } }]);
});

test('joins-and-tables.md: two streams, a stream and a table', () => {
  expect(outOf(guide.departuresAndArrivals, flight(1))).toMatchObject([{ lost_minutes: 0 }]);
  expect(outOf(guide.streamAndTable, flight(1), flight(2, { origin: 'XXX' }))).toMatchObject([
    { city: 'Chicago' },
    { city: null },
  ]);
});

test('changing-transforms.md: state is migrated', () => {
  const before = createDriver(guide.original);
  before.pipe('flights.departed', flight(1));
  const after = before.changeTo(guide.migrated);
  after.pipe('flights.departed', flight(2));
  expect(valuesOf(after)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ value: { flights: 2, worst: 20 } }),
      { before: { seenMs: 60_000, airport: 'ORD' } },
    ]),
  );
  expect([guide.replayed, guide.withStandbys].map(({ name }) => name)).toEqual(
    Array(2).fill('delays_by_airport'),
  );
});
