import { expect, expectTypeOf, test } from 'vitest';
import { transform } from '../transform.ts';
import type { ReadOf } from './contract-types.ts';

/** What must not compile is marked with an expected error, so that `tsc` fails when it begins to compile. */
type Departed = ReadOf<'flights.departed'>;
type Airport = ReadOf<'flights.airports'>;

test('joins see the records and rows of their contracts', () => {
  transform('typed', ({ from, table, globalTable }) => {
    const flights = from('flights.departed', { time: 'departed_at' });
    const byOrigin = flights.keyBy(({ origin }) => origin);
    byOrigin.join(table('flights.airports'), (flight, airport) => {
      expectTypeOf(flight).toEqualTypeOf<Departed>();
      expectTypeOf(airport).toEqualTypeOf<Airport>();
      // @ts-expect-error: airports have no delay
      return airport.delay_minutes;
    });
    byOrigin.leftJoin(table('flights.airports'), (_flight, airport) => {
      // @ts-expect-error: there may be no airport
      airport.city;
      return airport?.city ?? null;
    });
    flights.join(
      globalTable('flights.airports'),
      ({ destination }) => destination,
      (flight, airport) => {
        expectTypeOf(airport).toEqualTypeOf<Airport>();
        return { ...flight, city: airport.city };
      },
    );
    // @ts-expect-error: a table is joined by the key, and there is none
    expect(() => flights.join(table('flights.airports'), (flight) => flight)).toThrow('no key');
  });
});

test('streams are joined within a time, and what is alone may be null', () => {
  transform('typed', ({ from }) => {
    const flights = from('flights.departed');
    const [out, back] = [
      flights.keyBy(({ origin }) => origin),
      flights.keyBy(({ destination }) => destination),
    ];
    out.join(back, { within: '1 h' }, (left, right) => left.delay_minutes - right.delay_minutes);
    out.outerJoin(back, { before: '1 h', after: 0, grace: '5 min' }, (left, right) => {
      // @ts-expect-error: the left may be missing
      left.delay_minutes;
      return right?.delay_minutes ?? 0;
    });
    // @ts-expect-error: a window without an end
    expect(() => out.join(back, { before: '1 h' }, (left) => left)).toThrow('duration');
    // @ts-expect-error: no such unit
    expect(() => out.join(back, { within: '1 hour' }, (left) => left)).toThrow('1 hour');
    out
      .join(back, { within: '1 h' }, (left) => left)
      .late()
      .map(({ value, lateByMs }) => {
        expectTypeOf(value).toEqualTypeOf<Departed>();
        expectTypeOf(lateByMs).toEqualTypeOf<number>();
        return value.origin;
      });
  });
});

test('tables keep the types of their rows', () => {
  transform('typed', ({ table, latest }) => {
    const airports = table('flights.airports');
    // @ts-expect-error: departures are events: their newest are asked for with latest
    table('flights.departed');
    // @ts-expect-error: airports are a captured table
    latest('flights.airports');
    const states = airports
      .groupBy(({ state }) => state)
      .aggregate({
        init: () => 0,
        add: (airports) => airports + 1,
        subtract: (airports) => airports - 1,
      });
    airports
      .joinBy(
        ({ state }) => state,
        states,
        (airport, inState) => {
          expectTypeOf(inState).toEqualTypeOf<number>();
          return { iata: airport.iata, inState };
        },
      )
      .toStream()
      .map(({ old, new: now }) => {
        expectTypeOf(old).toEqualTypeOf<{ iata: string; inState: number } | null>();
        return now?.inState;
      });
  });
});
