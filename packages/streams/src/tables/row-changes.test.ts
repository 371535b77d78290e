import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

test('case 37: a row that comes again as it was is no change', () => {
  const driver = drive(({ table, out }) => out(table<object>('rows').toStream(), 'out'));
  const pipe = (row: object | null) => driver.pipe('rows', row, { key: 'a' });
  pipe({ n: 1, tags: ['x'] });
  pipe({ n: 1, tags: ['x'] });
  pipe({ n: 2, tags: ['x'] });
  pipe(null);
  pipe(null);
  expect(driver.take('out').map(({ value }) => value)).toEqual([
    { old: null, new: { n: 1, tags: ['x'] } },
    { old: { n: 1, tags: ['x'] }, new: { n: 2, tags: ['x'] } },
    { old: { n: 2, tags: ['x'] }, new: null },
  ]);
});

test('a row that a filter no longer wants is gone from the table behind it', () => {
  const driver = drive(({ table, out }) => {
    const even = table<number>('rows').filter((row) => row % 2 === 0);
    out(even.map((row, key) => `${key}${row}`).toStream(), 'out');
  });
  for (const row of [1, 2, 4, 5, null]) driver.pipe('rows', row, { key: 'a' });
  expect(driver.take('out').map(({ value }) => value)).toEqual([
    { old: null, new: 'a2' },
    { old: 'a2', new: 'a4' },
    { old: 'a4', new: null },
  ]);
});

test('a stream read as a table has the newest value of each key', () => {
  const driver = drive(({ stream, out }) => {
    out(stream<string | null>('in').toTable().toStream(), 'out');
  });
  for (const value of ['x', 'y', null]) driver.pipe('in', value, { key: 'a' });
  expect(driver.take('out').map(({ value }) => value)).toEqual([
    { old: null, new: 'x' },
    { old: 'x', new: 'y' },
    { old: 'y', new: null },
  ]);
});
