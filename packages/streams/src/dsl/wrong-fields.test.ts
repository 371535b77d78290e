import { expect, expectTypeOf, test } from 'vitest';
import { transform } from '../transform.ts';
import type { ReadOf, WriteOf } from './contract-types.ts';

/**
 * What must not compile is marked with an expected error, so that `tsc` fails when it begins to compile. The
 * contracts are the example's, from `transforms/contracts.d.ts`.
 */
type Departed = ReadOf<'flights.departed'>;

test('records have the fields of their contract, and no other compiles', () => {
  transform('typed', ({ from }) => {
    const flights = from('flights.departed', { time: 'departed_at' });
    flights.map((flight) => {
      expectTypeOf(flight.delay_minutes).toEqualTypeOf<number>();
      // @ts-expect-error: the field is delay_minutes
      return { delay: flight.delay };
    });
    // @ts-expect-error: origin is text
    flights.filter(({ origin }) => origin > 15);
    flights.to('flights.departed');
  });
});

test('a contract that is not there, or is of a captured table, is not a stream of records', () => {
  transform('typed', ({ from, changes }) => {
    // @ts-expect-error: flights.arrived is no contract
    from('flights.arrived');
    // @ts-expect-error: airports is a captured table
    from('flights.airports');
    // @ts-expect-error: departures are events
    changes('flights.departed');
    // @ts-expect-error: the origin is not a time
    from('flights.departed', { time: 'origin' });
    changes('flights.airports').map(({ after }) => after?.city);
    from('flights.departed').to('flights.departed');
  });
});

test('only the fields that are asked for are there', () => {
  transform('typed', ({ from }) => {
    const flights = from('flights.departed', { fields: ['origin', 'delay_minutes'] });
    expectTypeOf(flights.map)
      .parameter(0)
      .parameter(0)
      .toEqualTypeOf<Pick<Departed, 'origin' | 'delay_minutes'>>();
    // @ts-expect-error: the destination is not read
    flights.keyBy(({ destination }) => destination);
    // @ts-expect-error: there is no such field
    from('flights.departed', { fields: ['orgin'] });
  });
});

test('longs are numbers, or bigints when the transform says so', () => {
  transform('typed', ({ from }) => {
    from('flights.departed').map(({ departed_at }) =>
      expectTypeOf(departed_at).toEqualTypeOf<number>(),
    );
    from('flights.departed', { longs: 'bigint', time: 'departed_at' }).map(({ departed_at }) =>
      expectTypeOf(departed_at).toEqualTypeOf<bigint>(),
    );
  });
});

test('what is written has the fields of the contract, of their types, and no other', () => {
  transform('typed', ({ from }) => {
    const flights = from('flights.departed');
    flights.map((flight) => ({ ...flight, reason: 'weather' })).to('flights.refused_departures');
    // @ts-expect-error: reason is missing
    flights.to('flights.refused_departures');
    flights
      .map((flight) => ({ ...flight, reason: 3 }))
      // @ts-expect-error: reason is text
      .to('flights.refused_departures');
    flights
      .map((flight) => ({ ...flight, reason: 'weather', raeson: 'weather' }))
      // @ts-expect-error: raeson is not a field
      .to('flights.refused_departures');
    flights
      .map((flight) => (flight.delay_minutes > 0 ? flight : { ...flight, late: false }))
      // @ts-expect-error: one of two shapes has a field more
      .to('flights.departed');
  });
});

test('a field with a default may be left out of what is written, and is there when read', () => {
  expectTypeOf<WriteOf<'flights.airports'>>()
    .toHaveProperty('city')
    .toEqualTypeOf<string | null | undefined>();
  expectTypeOf<ReadOf<'flights.airports'>['city']>().toEqualTypeOf<string | null>();
  expect(true).toBe(true);
});
