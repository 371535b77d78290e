import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Contract, parseProject } from '@millrace/contracts';
import { count, transform, tumbling } from '@millrace/streams';

/** The repository's contracts, and a transform of them for tests to look at. Tests only. */
const root = new URL('../../../../../', import.meta.url);

export const exampleContracts = (): readonly Contract[] => {
  const folder = new URL('schemas/flights/', root);
  const files = readdirSync(folder).map((name) => ({
    path: `schemas/flights/${name}`,
    text: readFileSync(fileURLToPath(new URL(name, folder)), 'utf8'),
  }));
  return parseProject(files).contracts;
};

export const delays = transform('delays', ({ from, globalTable }) => {
  from('flights.departed', { time: 'departed_at' })
    .validate(({ delay_minutes }) => delay_minutes <= 1440 || 'delay out of range', {
      rejected: 'flights.refused_departures',
    })
    .keyBy(({ origin }) => origin)
    .window(tumbling('10 min'))
    .aggregate({ flights: count() })
    .leftJoin(
      globalTable('flights.airports'),
      ({ key }) => key,
      ({ key, window, value }, airport) => ({
        airport: key,
        window_start: window.startMs,
        window_end: window.endMs,
        city: airport?.city,
        ...value,
        late_flights: 0,
        delay_minutes: 0,
        mean_delay_minutes: 0,
        worst_delay_minutes: 0,
      }),
    )
    .to('flights.delays_by_airport');
});
