import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

interface Flight {
  readonly origin: string | null;
}

const driveJoin = (kind: 'join' | 'leftJoin') =>
  drive(({ unkeyed, globalTable, out }) => {
    const airports = globalTable<string>('airports');
    const joined = unkeyed<Flight>('flights')[kind](
      airports,
      ({ origin }) => origin,
      ({ origin }, city: string | null) => `${origin}: ${city}`,
    );
    out(joined, 'out');
  });

test('a record is joined with the row whose key it holds, as the table stands', () => {
  const driver = driveJoin('join');
  driver.pipe('airports', 'Chicago', { key: 'ORD' });
  driver.pipe('flights', { origin: 'ORD' });
  driver.pipe('flights', { origin: 'SFO' });
  driver.pipe('airports', null, { key: 'ORD' });
  driver.pipe('flights', { origin: 'ORD' });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['ORD: Chicago']);
});

test('a left join keeps records without a row, and those that name none', () => {
  const driver = driveJoin('leftJoin');
  driver.pipe('flights', { origin: 'SFO' });
  driver.pipe('flights', { origin: null });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['SFO: null', 'null: null']);
});
