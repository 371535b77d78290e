import { expect, expectTypeOf, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import type { KeyedStream, Stream } from '../dsl/stream.ts';
import { transform } from '../transform.ts';

interface Flight {
  readonly origin: string;
  readonly delay: number | null;
}

const flightsOf = (from: (contract: never) => unknown) =>
  from('flights' as never) as Stream<Flight>;

test('a record goes to the first branch whose condition holds, or to the rest', () => {
  const driver = createDriver(
    transform('branches', ({ from }) => {
      const { worst, late, rest } = flightsOf(from).branch({
        worst: ({ delay }) => (delay ?? 0) > 60,
        late: ({ delay }) => (delay ?? 0) > 0,
      });
      worst.to('worst' as never);
      late.to('late' as never);
      rest.to('rest' as never);
    }),
  );
  for (const delay of [90, 5, -3, null]) driver.pipe('flights', { origin: 'ORD', delay });
  const delays = (contract: string) =>
    driver.take(contract).map(({ value }) => (value as Flight).delay);
  expect(delays('worst')).toEqual([90]);
  expect(delays('late')).toEqual([5]);
  expect(delays('rest')).toEqual([-3, null]);
});

test('a type guard narrows its branch, and a keyed stream has keyed branches', () => {
  transform('branches', ({ from }) => {
    const known = (flight: Flight): flight is Flight & { delay: number } => flight.delay !== null;
    const { delayed, rest } = flightsOf(from)
      .keyBy(({ origin }) => origin)
      .branch({ delayed: known });
    expectTypeOf(delayed).toEqualTypeOf<KeyedStream<Flight & { delay: number }>>();
    expectTypeOf(rest).toEqualTypeOf<KeyedStream<Flight>>();
    // @ts-expect-error: there is no such branch
    flightsOf(from).branch({ delayed: known }).early;
    delayed.to('late' as never);
  });
});

test('a branch without conditions, or with one named as the rest, is refused', () => {
  const withConditions = (conditions: Readonly<Record<string, () => boolean>>) => () =>
    transform('branches', ({ from }) => {
      flightsOf(from).branch(conditions);
    });
  expect(withConditions({})).toThrow(/one condition or more/);
  expect(withConditions({ rest: () => true })).toThrow(/none of them named 'rest'/);
});
