import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

const driveAggregate = (groupOf: (row: string, key: string) => string | null, init: string) => {
  const driver = drive(({ table, out }) => {
    const groups = table<string>('rows')
      .groupBy(groupOf)
      .aggregate({
        init: () => init,
        add: (text, row) => `${text}+${row}`,
        subtract: (text, row) => `${text}-${row}`,
      });
    out(groups, 'out');
  });
  return {
    driver,
    pipe: (key: string, row: string | null) => driver.pipe('rows', row, { key }),
    take: () => driver.take('out').map(({ key, value }) => `${key}: ${value}`),
  };
};

test('case 37: the old row is subtracted before the new one is added', () => {
  const { pipe, take } = driveAggregate((_row, key) => key, '0');
  for (const [key, row] of ['A1', 'B2', 'A3', 'B4', 'C5', 'D6', 'B7', 'C8']) pipe(key!, row!);
  expect(take()).toEqual([
    'A: 0+1',
    'B: 0+2',
    'A: 0+1-1+3',
    'B: 0+2-2+4',
    'C: 0+5',
    'D: 0+6',
    'B: 0+2-2+4-4+7',
    'C: 0+5-5+8',
  ]);
});

test('case 37: rows that share a group come and go in it', () => {
  const driver = drive(({ table, out }) => {
    const groups = table<string>('rows')
      .groupBy((_row, key) => key[0]!)
      .aggregate({
        init: () => '',
        add: (text, row) => text + row,
        subtract: (text, row) => text.replace(row, ''),
      });
    out(groups, 'out');
  });
  for (const [key, row] of [
    ['11', '1'],
    ['12', '2'],
    ['11', null],
    ['12', '2'],
  ] as const) {
    driver.pipe('rows', row, { key });
  }
  const values = driver.take('out').map(({ key, value }) => `${key}: ${value}`);
  expect(values).toEqual(['1: 1', '1: 12', '1: 2']);
});

test('a row that changes its group leaves the one and joins the other; an empty group is gone', () => {
  const { pipe, take } = driveAggregate((row) => (row === 'none' ? null : row[0]!), '');
  pipe('1', 'a1');
  pipe('2', 'a2');
  pipe('1', 'b1');
  expect(take()).toEqual(['a: +a1', 'a: +a1+a2', 'a: +a1+a2-a1', 'b: +b1']);
  pipe('2', 'none');
  pipe('1', null);
  expect(take()).toEqual(['a: null', 'b: null']);
});
