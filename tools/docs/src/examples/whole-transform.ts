/** The transform at the head of docs/streams/writing-transforms.md, as it stands there. */
import { count, max, mean, sum, transform, tumbling } from '@millrace/streams';

export default transform('airport_delays', ({ from, globalTable }) => {
  const airports = globalTable('flights.airports');
  from('flights.departed', { time: 'departed_at', disorder: '5 min' })
    .validate(({ delay_minutes }) => Math.abs(delay_minutes) <= 1440 || 'delay out of range', {
      rejected: 'flights.refused_departures',
    })
    .keyBy(({ origin }) => origin)
    .window(tumbling('10 min', { grace: '1 h' }))
    .aggregate({
      flights: count(),
      late_flights: sum(({ delay_minutes }) => (delay_minutes > 15 ? 1 : 0)),
      delay_minutes: sum(({ delay_minutes }) => delay_minutes),
      mean_delay_minutes: mean(({ delay_minutes }) => delay_minutes),
      worst_delay_minutes: max(({ delay_minutes }) => delay_minutes),
    })
    .leftJoin(
      airports,
      ({ key }) => key,
      ({ key, window, value }, airport) => ({
        airport: key,
        window_start: window.startMs,
        window_end: window.endMs,
        city: airport?.city,
        state: airport?.state,
        ...value,
      }),
    )
    .to('flights.delays_by_airport');
});
