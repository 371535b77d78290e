import { expect, test } from 'vitest';
import { transform } from '../transform.ts';
import { contractFlows } from './contract-flows.ts';

test('what passes filters is the same field by field, what a function makes or joins is not', () => {
  const { graph } = transform('delays', ({ from, globalTable }) => {
    const airports = globalTable('flights.airports');
    const flights = from('flights.departed', { time: 'departed_at' })
      .filter(({ delay_minutes }) => delay_minutes > 0)
      .validate(({ distance_miles }) => distance_miles > 0 || 'no distance', {
        rejected: 'flights.refused_departures',
      });
    flights
      .leftJoin(
        airports,
        ({ origin }) => origin,
        ({ origin }, airport) => ({ origin, city: airport?.city }),
      )
      .to('flights.delays_by_airport' as never);
  });
  expect(contractFlows(graph)).toEqual([
    { from: 'flights.departed', to: 'flights.refused_departures', isSame: true },
    { from: 'flights.departed', to: 'flights.delays_by_airport', isSame: false },
    { from: 'flights.airports', to: 'flights.delays_by_airport', isSame: false },
  ]);
});

test('of two ways the one that leaves fields alone is told, with the fields that are read', () => {
  const { graph } = transform('copies', ({ from }) => {
    const flights = from('flights.departed', { fields: ['flight_id'] });
    flights.map(({ flight_id }) => ({ flight_id })).to('flights.refused_departures' as never);
    flights.to('flights.refused_departures' as never);
  });
  expect(contractFlows(graph)).toEqual([
    {
      ...{ from: 'flights.departed', to: 'flights.refused_departures', isSame: true },
      fields: ['flight_id'],
    },
  ]);
});
