import type { Sources } from '@millrace/streams';

/** The examples of docs/streams/writing-transforms.md that join; see stateless-examples.ts. */
const flightsOf = ({ from }: Sources) => from('flights.departed', { time: 'departed_at' });

export const globalJoin = (sources: Sources) => {
  const flights = flightsOf(sources);
  const { globalTable } = sources;
  // doc: globalTable
  const airports = globalTable('flights.airports');
  const withCity = flights.leftJoin(
    airports,
    ({ origin }) => origin,
    (flight, airport) => ({ ...flight, city: airport?.city ?? null }),
  );
  // end
  return withCity.map(({ city }) => city);
};

export const tableJoin = (sources: Sources) => {
  const flights = flightsOf(sources);
  const { table } = sources;
  // doc: table
  const airports = table('flights.airports');
  const withState = flights
    .keyBy(({ origin }) => origin)
    .join(airports, ({ flight_id }, { state }) => ({ flight_id, state }));
  // end
  return withState;
};

export const asOfJoin = (sources: Sources) => {
  const flights = flightsOf(sources);
  const { table } = sources;
  // doc: asOf
  const airports = table('flights.airports');
  const asItWas = flights
    .keyBy(({ origin }) => origin)
    .join(airports, ({ flight_id }, { name }) => ({ flight_id, name }), { grace: '1 min' });
  // end
  return asItWas;
};

export const streamJoin = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: streams
  const out = flights.keyBy(({ origin }) => origin);
  const back = flights.keyBy(({ destination }) => destination);
  const turns = out.join(back, { before: '2 h', after: '0 ms', grace: '5 min' }, (left, came) => ({
    left: left.flight_id,
    came: came.flight_id,
  }));
  // end
  return turns;
};

export const tables = (sources: Sources) => {
  const { table } = sources;
  // doc: tables
  const airports = table('flights.airports');
  const perState = airports
    .filter(({ state }) => state !== null)
    .groupBy(({ state }) => state)
    .aggregate({
      init: () => 0,
      add: (airports) => airports + 1,
      subtract: (airports) => airports - 1,
    });
  // end
  return perState.toStream().map(({ new: airports }, { key }) => ({ state: key, airports }));
};

export const foreignKey = (sources: Sources) => {
  const { table, latest } = sources;
  // doc: joinBy
  const delays = latest('flights.delays_by_airport');
  const airports = table('flights.airports');
  const named = delays.joinBy(
    ({ airport }) => airport,
    airports,
    ({ flights }, { name }) => ({ name, flights }),
  );
  // end
  return named.toStream().map(({ new: row }) => row);
};
