import { count, max, session, sum, transform } from '@millrace/streams';

/** A flight is late when it is later than this. */
const LATE_MINUTES = 15;
/** As in delays_by_airport: a longer delay is kept apart there. */
const DELAY_MINUTES_MAX = 300;

/** Stretches of time in which flights of a route are late one after the other, told once they are over. */
export default transform('route_delay_sessions', ({ from }) => {
  from('flights.departed', {
    time: 'departed_at',
    disorder: '2 d',
    // The example's flights come to an end, and its last sessions are wanted all the same.
    idle: { after: '5 s', action: 'close' },
  })
    .filter(({ delay_minutes: delay }) => delay > LATE_MINUTES && delay <= DELAY_MINUTES_MAX)
    .keyBy(({ origin, destination }) => [origin, destination])
    .window(session({ gap: '6 h' }))
    .aggregate({
      origin: max((flight) => flight.origin),
      destination: max((flight) => flight.destination),
      late_flights: count(),
      delay_minutes: sum((flight) => flight.delay_minutes),
      worst_delay_minutes: max((flight) => flight.delay_minutes),
    })
    .map(({ window, value }) => ({
      ...value,
      started_at: window.startMs,
      ended_at: window.endMs,
    }))
    .to('flights.route_delay_sessions');
});
