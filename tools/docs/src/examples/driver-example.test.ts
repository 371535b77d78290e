/** The test in docs/streams/testing.md, as it stands there. */
// doc: driver
import { createDriver } from '@millrace/streams';
import { expect, test } from 'vitest';
import airportDelays from './whole-transform.ts';

const departure = {
  flight_id: 'F1',
  departed_at: Date.parse('2001-01-01T10:01:00Z'),
  delay_minutes: 20,
  distance_miles: 400,
  origin: 'ORD',
  destination: 'SFO',
};

test('flights are counted per airport and ten minutes', () => {
  const driver = createDriver(airportDelays);
  const flights = driver.input('flights.departed');
  flights.pipe(departure);
  flights.pipe({ ...departure, flight_id: 'F2', delay_minutes: 5000 });
  driver.close();
  expect(driver.output('flights.delays_by_airport').takeValues()).toMatchObject([
    { airport: 'ORD', flights: 1, late_flights: 1 },
  ]);
  expect(driver.output('flights.refused_departures').takeValues()).toMatchObject([
    { flight_id: 'F2', reason: 'delay out of range' },
  ]);
});

test('results do not depend on how partitions interleave', () => {
  const driver = createDriver(airportDelays, { partitions: 3 });
  for (let flight = 0; flight < 30; flight += 1) {
    const departed_at = departure.departed_at + flight * 90_000;
    driver.pipe(
      'flights.departed',
      { ...departure, flight_id: `F${flight}`, departed_at },
      { partition: flight % 3 },
    );
  }
  driver.close();
  const results = driver.take('flights.delays_by_airport');
  for (const seed of [1, 2, 3]) {
    const replay = driver.replay(seed);
    replay.close();
    expect(replay.take('flights.delays_by_airport')).toEqual(results);
  }
});
// end
