import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

const pair = (value: string, row: string | null) => `${value}+${row}`;

const driveJoin = (kind: 'join' | 'leftJoin') =>
  drive(({ stream, table, out }) => {
    const [records, rows] = [stream<string>('stream'), table<string>('table')];
    out(kind === 'join' ? records.join(rows, pair) : records.leftJoin(rows, pair), 'out');
  });

test('case 33: a change of the table hands on nothing; what comes after is joined with it', () => {
  const driver = driveJoin('join');
  driver.pipe('stream', 'before', { key: 'a', timeMs: 1 });
  driver.pipe('table', 'Y', { key: 'a', timeMs: 9 });
  expect(driver.take('out')).toEqual([]);
  driver.pipe('stream', 'after', { key: 'a', timeMs: 2 });
  expect(driver.take('out')).toEqual([{ key: 'a', value: 'after+Y', timeMs: 2 }]);
});

test('case 33: a null in the table takes the row away', () => {
  const driver = driveJoin('leftJoin');
  driver.pipe('table', 'Y', { key: 'a' });
  driver.pipe('table', null, { key: 'a' });
  driver.pipe('stream', 'X', { key: 'a' });
  expect(driver.take('out')).toEqual([{ key: 'a', value: 'X+null', timeMs: 0 }]);
});

test('case 33: a record without a key is left out and counted', () => {
  const driver = driveJoin('leftJoin');
  driver.pipe('stream', 'X', { key: null });
  expect(driver.take('out')).toEqual([]);
  expect(driver.skipped).toEqual({ 'table-join-1: no-key': 1 });
});

test('a captured table changes partition by the text of its key before it is joined', () => {
  const driver = drive(({ stream, captured, out }) => {
    out(stream<string>('stream').join(captured<string>('rows'), pair), 'out');
  });
  driver.pipe('rows', 'Y', { key: '7' });
  driver.pipe('stream', 'X', { key: '7' });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['X+Y']);
});
