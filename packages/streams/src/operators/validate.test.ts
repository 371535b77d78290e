import { expect, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import type { Sources } from '../dsl/sources.ts';
import { transform } from '../transform.ts';

const departure = {
  flight_id: 'F1',
  departed_at: 1_000,
  delay_minutes: 5,
  distance_miles: 400,
  origin: 'ORD',
  destination: 'SFO',
};
const extreme = { ...departure, flight_id: 'F2', delay_minutes: 2_000 };

const drive = (build: (sources: Sources) => void) => {
  const driver = createDriver(transform('checked', build));
  driver.pipe('flights.departed', departure);
  driver.pipe('flights.departed', extreme);
  return driver;
};

test('records that are refused go to their own contract, with the reason', () => {
  const driver = drive(({ from }) => {
    from('flights.departed')
      .validate(({ delay_minutes }) => delay_minutes <= 1440 || 'delay out of range', {
        rejected: 'flights.refused_departures',
      })
      .to('flights.departed');
  });
  expect(driver.take('flights.departed').map(({ value }) => value)).toEqual([departure]);
  expect(driver.take('flights.refused_departures').map(({ value }) => value)).toEqual([
    { ...extreme, reason: 'delay out of range' },
  ]);
  expect(driver.takeRejected()).toEqual([]);
});

test('records that are refused can be made into something else first', () => {
  const driver = drive(({ from }) => {
    from('flights.departed')
      .validate(({ delay_minutes }) => delay_minutes <= 1440 || 'too late', {
        rejected: (refused) =>
          refused
            .map((flight) => ({ ...flight, reason: flight.reason.toUpperCase() }))
            .to('flights.refused_departures'),
      })
      .to('flights.departed');
  });
  expect(driver.take('flights.refused_departures').map(({ value }) => value)).toEqual([
    { ...extreme, reason: 'TOO LATE' },
  ]);
});

test('without an output of their own they are handed to the host', () => {
  const driver = drive(({ from }) => {
    from('flights.departed')
      .validate(({ delay_minutes }) => delay_minutes <= 1440 || 'too late')
      .to('flights.departed');
  });
  expect(driver.takeRejected()).toMatchObject([
    { record: { operator: 'validate-1', flow: { value: extreme } }, reason: 'too late' },
  ]);
});

test('a contract that does not hold the refused fields does not compile', () => {
  transform('checked', ({ from }) => {
    from('flights.departed')
      // @ts-expect-error: flights.departed has no reason
      .validate(() => 'no', { rejected: 'flights.departed' })
      .to('flights.departed');
  });
});
