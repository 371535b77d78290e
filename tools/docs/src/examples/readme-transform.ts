/** The transform in README.md, as it stands there. */
import { count, max, session, sum, transform } from '@millrace/streams';

export default transform('delay_sessions', ({ from }) => {
  from('flights.departed', { time: 'departed_at', disorder: '1 h' })
    .filter(({ delay_minutes }) => delay_minutes > 15)
    .keyBy(({ origin, destination }) => [origin, destination])
    .window(session({ gap: '6 h' }))
    .aggregate({
      origin: max(({ origin }) => origin),
      destination: max(({ destination }) => destination),
      late_flights: count(),
      delay_minutes: sum(({ delay_minutes }) => delay_minutes),
      worst_delay_minutes: max(({ delay_minutes }) => delay_minutes),
    })
    .map(({ window, value }) => ({ ...value, started_at: window.startMs, ended_at: window.endMs }))
    .to('flights.route_delay_sessions');
});
