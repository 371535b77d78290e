import { count, max, mean, sum, transform, tumbling } from '@millrace/streams';

/** A longer delay is a mistake or another story: it is kept apart. */
const DELAY_MINUTES_MAX = 300;
const LATE_MINUTES = 15;

/** How late each airport's flights are, ten minutes at a time, told anew whenever it changes. */
export default transform('delays_by_airport', ({ from, globalTable }) => {
  const airports = globalTable('flights.airports');

  from('flights.departed', { time: 'departed_at', disorder: '2 d' })
    .validate((flight) => Math.abs(flight.delay_minutes) <= DELAY_MINUTES_MAX || 'extreme delay', {
      rejected: 'flights.refused_departures',
    })
    .keyBy((flight) => flight.origin)
    .window(tumbling('10 min'))
    .aggregate(
      {
        flights: count(),
        late_flights: sum((flight) => (flight.delay_minutes > LATE_MINUTES ? 1 : 0)),
        delay_minutes: sum((flight) => flight.delay_minutes),
        mean_delay_minutes: mean((flight) => flight.delay_minutes),
        worst_delay_minutes: max((flight) => flight.delay_minutes),
      },
      { emit: 'update' },
    )
    .leftJoin(
      airports,
      ({ key }) => key,
      ({ key, window, value }, airport) => ({
        airport: key,
        window_start: window.startMs,
        window_end: window.endMs,
        city: airport?.city ?? null,
        state: airport?.state ?? null,
        ...value,
      }),
    )
    .to('flights.delays_by_airport');
});
