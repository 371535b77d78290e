import {
  collect,
  count,
  counting,
  distinct,
  every,
  first,
  fold,
  hopping,
  last,
  max,
  mean,
  min,
  quantiles,
  type Sources,
  session,
  sliding,
  sum,
  timedState,
  topN,
  tumbling,
} from '@millrace/streams';

/** The examples of docs/streams/writing-transforms.md that keep state; see stateless-examples.ts. */
const byAirportOf = ({ from }: Sources) =>
  from('flights.departed', { time: 'departed_at' }).keyBy(({ origin }) => origin);

export const aggregate = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: aggregate
  const delays = byAirport.window(tumbling('10 min', { grace: '1 h' })).aggregate({
    flights: count(),
    late_flights: sum(({ delay_minutes }) => (delay_minutes > 15 ? 1 : 0)),
    delay_minutes: sum(({ delay_minutes }) => delay_minutes),
    mean_delay_minutes: mean(({ delay_minutes }) => delay_minutes),
    best: min(({ delay_minutes }) => delay_minutes),
    worst: max(({ delay_minutes }) => delay_minutes),
  });
  // end
  return delays;
};

export const folds = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: folds
  const day = byAirport.window(tumbling('1 d')).aggregate({
    destinations: distinct(({ destination }) => destination),
    delays: quantiles([0.5, 0.99], ({ delay_minutes }) => delay_minutes),
    worst_three: topN(3, ({ delay_minutes }) => delay_minutes, {
      of: ({ flight_id }) => flight_id,
    }),
    first_out: first(({ flight_id }) => flight_id),
    last_out: last(({ flight_id }) => flight_id),
    all: collect(({ flight_id }) => flight_id, { max: 1_000 }),
    longest_name: fold({
      shape: 'longest:v1',
      init: () => '',
      add: (longest: string, { destination }: { readonly destination: string }) =>
        destination.length > longest.length ? destination : longest,
    }),
  });
  // end
  return day;
};

export const hoppingWindows = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: hopping
  const lastHour = byAirport
    .window(hopping({ size: '1 h', advance: '10 min' }))
    .aggregate({ flights: count() });
  // end
  return lastHour;
};

export const slidingWindows = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: sliding
  const close = byAirport.window(sliding({ difference: '5 min' })).aggregate({ flights: count() });
  // end
  return close;
};

export const sessions = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: session
  const waves = byAirport.window(session({ gap: '30 min' })).aggregate({ flights: count() });
  // end
  return waves;
};

export const countingWindows = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: counting
  const tens = byAirport
    .window(counting({ size: 10 }))
    .aggregate({ delay_minutes: sum(({ delay_minutes }) => delay_minutes) });
  // end
  return tens;
};

export const emission = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: emit
  const soFar = byAirport
    .window(tumbling('1 d'))
    .aggregate({ flights: count() }, { emit: every('5 s') });
  // end
  return soFar;
};

export const late = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: late
  const delays = byAirport.window(tumbling('10 min')).aggregate({ flights: count() });
  const tooLate = delays.late().map(({ value, lateByMs }) => ({
    flight_id: value.flight_id,
    late_by_ms: lateByMs,
  }));
  // end
  return tooLate;
};

export const lateOption = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: lateOption
  const onTime = byAirport.window(tumbling('10 min')).aggregate(
    { flights: count() },
    {
      late: (late) =>
        late
          .map(({ value }) => ({ ...value, reason: 'too late for its window' }))
          .to('flights.refused_departures'),
    },
  );
  // end
  return onTime;
};

export const running = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: running
  const everSince = byAirport.aggregate({ flights: count() });
  // end
  return everSince;
};

export const deduplicate = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: deduplicate
  const once = byAirport.deduplicate({ by: ({ flight_id }) => flight_id, within: '1 d' });
  // end
  return once;
};

export const inOrder = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: inOrder
  const ordered = byAirport.inOrder({ tie: ({ flight_id }) => flight_id });
  // end
  return ordered;
};

export const process = (sources: Sources) => {
  const byAirport = byAirportOf(sources);
  // doc: process
  const HOUR_MS = 3_600_000;
  const quiet = byAirport.process({
    stores: { departures: timedState<true>('departures:v1', { byKey: true }) },
    onRecord(_flight, { key, timeMs, stores, schedule }) {
      stores.departures.set(timeMs, key, true);
      schedule(timeMs + HOUR_MS);
      return undefined;
    },
    onTimer(_name, { key, timeMs, stores }) {
      const sinceMs = timeMs - HOUR_MS;
      const [next] = stores.departures.keyTimes(key, sinceMs + 1, timeMs + 1);
      stores.departures.delete(sinceMs, key);
      return next === undefined ? [{ airport: key, quiet_since: sinceMs }] : [];
    },
  });
  // end
  return quiet;
};
