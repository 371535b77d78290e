import { expect, test } from 'vitest';
import { transform } from '../transform.ts';
import { createDriver } from './driver.ts';

const contract = (id: string) => id as never;
interface Flight {
  readonly origin: string;
  readonly delay: number;
}

test('records pass through the stateless operators in order, each with its key and time', () => {
  const driver = createDriver(
    transform('late_flights', ({ from }) => {
      const flights = from(
        contract('flights.departed'),
      ) as never as import('../dsl/stream.ts').Stream<Flight>;
      flights
        .filter(({ delay }) => delay > 0)
        .flatMap(({ origin, delay }) => [
          { origin, delay },
          { origin, delay: -delay },
        ])
        .keyBy(({ origin }) => origin)
        .map(({ delay }, { key }) => ({ from: key, delay }))
        .to(contract('flights.late'));
    }),
  );

  driver.pipe('flights.departed', { origin: 'ORD', delay: 3 }, { timeMs: 10 });
  driver.pipe('flights.departed', { origin: 'SFO', delay: -3 }, { timeMs: 11 });

  expect(driver.take('flights.late')).toEqual([
    { key: 'ORD', value: { from: 'ORD', delay: 3 }, timeMs: 10 },
    { key: 'ORD', value: { from: 'ORD', delay: -3 }, timeMs: 10 },
  ]);
  expect(driver.take('flights.late')).toEqual([]);
});

test('a record without a key is left out and counted', () => {
  const driver = createDriver(
    transform('keyed', ({ from }) => {
      const flights = from(
        contract('flights.departed'),
      ) as never as import('../dsl/stream.ts').Stream<Flight>;
      flights.keyBy(() => null).to(contract('flights.late'));
    }),
  );
  driver.pipe('flights.departed', { origin: 'ORD', delay: 3 });
  expect(driver.take('flights.late')).toEqual([]);
  expect(driver.skipped).toEqual({ 'key-1: no-key': 1 });
});
