import type { ReadOf, Sources } from '@millrace/streams';

/**
 * The examples of docs/streams/writing-transforms.md that keep no state. What stands between `doc:` and `end` is
 * in the page, word for word.
 */
type Flight = ReadOf<'flights.departed'>;

const flightsOf = ({ from }: Sources) => from('flights.departed', { time: 'departed_at' });

export const from = ({ from }: Sources) => {
  // doc: from
  const flights = from('flights.departed', {
    time: 'departed_at',
    disorder: '5 min',
    idle: { after: '30 s', action: 'close' },
    fields: ['flight_id', 'origin', 'delay_minutes'],
  });
  // end
  return flights;
};

export const changes = ({ changes }: Sources) => {
  // doc: changes
  const renamed = changes('flights.airports').filter(
    ({ before, after }) => before !== null && after !== null && before.name !== after.name,
  );
  // end
  return renamed;
};

export const filter = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: filter
  const late = flights.filter(({ delay_minutes }) => delay_minutes > 15);
  // end
  return late;
};

export const map = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: map
  const kilometres = flights.map(({ flight_id, distance_miles }) => ({
    flight_id,
    distance_km: distance_miles * 1.609344,
  }));
  // end
  return kilometres;
};

export const flatMap = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: flatMap
  const visits = flights.flatMap(({ origin, destination }) => [
    { airport: origin, way: 'out' },
    { airport: destination, way: 'in' },
  ]);
  // end
  return visits;
};

export const peek = (sources: Sources) => {
  const flights = flightsOf(sources);
  let seen = 0;
  // doc: peek
  const watched = flights.peek(() => {
    seen += 1;
  });
  // end
  return watched.map(({ flight_id }) => ({ flight_id, seen }));
};

export const branch = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: branch
  const { late, early, rest } = flights.branch({
    late: ({ delay_minutes }) => delay_minutes > 15,
    early: ({ delay_minutes }) => delay_minutes < 0,
  });
  // end
  return late
    .map(() => 'late')
    .merge(early.map(() => 'early'))
    .merge(rest.map(() => 'rest'));
};

export const merge = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: merge
  const outbound = flights.map(({ origin }) => ({ airport: origin }));
  const inbound = flights.map(({ destination }) => ({ airport: destination }));
  const movements = outbound.merge(inbound);
  // end
  return movements;
};

export const validate = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: validate
  const plausible = flights.validate(
    ({ delay_minutes }) => Math.abs(delay_minutes) <= 1440 || 'delay out of range',
    { rejected: 'flights.refused_departures' },
  );
  // end
  return plausible;
};

export const enrich = (sources: Sources) => {
  const flights = flightsOf(sources);
  const weatherAt = async (airport: string, _signal: AbortSignal) => `${airport}: fog`;
  // doc: enrich
  const withWeather = flights.enrich(
    async (flight, { signal }) => ({ ...flight, weather: await weatherAt(flight.origin, signal) }),
    { inFlight: 32, timeout: '2 s' },
  );
  // end
  return withWeather.map(({ weather }) => weather);
};

export const keyBy = (sources: Sources) => {
  const flights = flightsOf(sources);
  // doc: keyBy
  const byAirport = flights.keyBy(({ origin }) => origin);
  const byRoute = flights.keyBy(({ origin, destination }) => [origin, destination]);
  // end
  return byAirport.merge(byRoute).map((_flight: Flight, { key }) => key);
};
