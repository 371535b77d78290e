/**
 * The examples of docs/streams/windows.md, joins-and-tables.md, state.md and changing-transforms.md; see stateless-examples.ts. What
 * a page shows of a call alone is a part of one here.
 */
import {
  count,
  type Folds,
  keepFolds,
  keyedState,
  max,
  mean,
  type ReadOf,
  type Sources,
  transform,
  tumbling,
} from '@millrace/streams';

const flightsOf = ({ from }: Sources) => from('flights.departed', { time: 'departed_at' });

export const wholeAggregate = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: windows
  const delays = flights
    .keyBy(({ origin }) => origin)
    .window(tumbling('10 min', { grace: '1 h' }))
    .aggregate({
      flights: count(),
      delay_minutes: mean(({ delay_minutes }) => delay_minutes),
      worst: max(({ delay_minutes }) => delay_minutes),
    })
    .map(({ key, window, value }) => ({ airport: key, window_start: window.startMs, ...value }));
  // end
  return delays;
};

export const departuresAndArrivals = (sources: Sources) => {
  const departures = flightsOf(sources).keyBy(({ flight_id }) => flight_id);
  const arrivals = flightsOf(sources).keyBy(({ flight_id }) => flight_id);
  // doc: twoStreams
  const delays = departures.join(
    arrivals,
    { before: '10 min', after: '12 h', grace: '5 min' },
    (departed, arrived) => ({
      ...departed,
      lost_minutes: arrived.delay_minutes - departed.delay_minutes,
    }),
  );
  // end
  return delays;
};

export const streamAndTable = (sources: Sources) => {
  const flights = flightsOf(sources);
  const { table } = sources;
  // doc: streamAndTable
  const airports = table('flights.airports');
  const withCity = flights
    .keyBy(({ origin }) => origin)
    .leftJoin(airports, (flight, airport) => ({ ...flight, city: airport?.city ?? null }));
  // end
  return withCity;
};

export const named = (sources: Sources) => {
  const byAirport = flightsOf(sources).keyBy(({ origin }) => origin);
  // doc: named
  const delays = byAirport
    .window(tumbling('10 min'))
    .aggregate({ flights: count() }, { name: 'flights-by-airport' });
  // end
  return delays;
};

type Counted = Folds<ReadOf<'flights.departed'>>;
/** What the transforms below are made of: flights of each airport, and when the last one was, kept as `seenOf` says. */
const builder =
  <Seen>(folds: Counted, shape: string, seenOf: (timeMs: number, airport: string) => Seen) =>
  (sources: Sources): void => {
    const byAirport = flightsOf(sources).keyBy(({ origin }) => origin);
    const flights = byAirport.aggregate(folds, { name: 'flights-by-airport' });
    const seen = byAirport.process(
      {
        stores: { seen: keyedState<Seen>(shape) },
        onRecord(_flight, { key, timeMs, stores }) {
          const before = stores.seen.get(key);
          stores.seen.set(key, seenOf(timeMs, String(key)));
          return [{ before: before ?? null }];
        },
      },
      { name: 'last' },
    );
    for (const { place } of [flights, seen]) place.graph.sink(place.output, 'out');
  };

/** The version before those that the page shows: of the last flight it keeps the time alone. */
export const original = transform(
  'delays_by_airport',
  builder({ flights: count() }, 'seen:v1', (timeMs) => timeMs),
);
const worst: Counted = { flights: count(), worst: max(({ delay_minutes }) => delay_minutes) };
const build = builder(worst, 'seen:v2', (seenMs, airport) => ({ seenMs, airport }));

// doc: replayed
export const replayed = transform('delays_by_airport', build, { version: 2, onChange: 'replay' });
// end

// doc: migrated
export const migrated = transform('delays_by_airport', build, {
  version: 2,
  onChange: {
    migrate: {
      'flights-by-airport': keepFolds({ flights: count() }),
      'last-seen': (old: number, { key }) => ({ seenMs: old, airport: key }),
    },
  },
});
// end

// doc: standbys
export const withStandbys = transform('delays_by_airport', build, { standbys: 1 });
// end
