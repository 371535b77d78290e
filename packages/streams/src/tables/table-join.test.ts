import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

const pair = (left: string | null, right: string | null) => `${left}+${right}`;

const driveJoin = (kind: 'join' | 'leftJoin' | 'outerJoin') => {
  const driver = drive(({ table, out }) => {
    const [left, right] = [table<string>('left'), table<string>('right')];
    out(kind === 'outerJoin' ? left.outerJoin(right, pair) : left[kind](right, pair), 'out');
  });
  return {
    left: (row: string | null, timeMs: number) => driver.pipe('left', row, { key: 'a', timeMs }),
    right: (row: string | null, timeMs: number) => driver.pipe('right', row, { key: 'a', timeMs }),
    take: () => driver.take('out').map(({ value, timeMs }) => `${value}@${timeMs}`),
  };
};

test('case 35: the result of an inner join has the later time of both, and goes when either side goes', () => {
  const { left, right, take } = driveJoin('join');
  left('X0', 5);
  expect(take()).toEqual([]);
  right('Y0', 3);
  expect(take()).toEqual(['X0+Y0@5']);
  left('X1', 7);
  right('Y1', 9);
  expect(take()).toEqual(['X1+Y0@7', 'X1+Y1@9']);
  left(null, 8);
  expect(take()).toEqual(['null@9']);
});

test('case 35: a row is taken away only where there was one', () => {
  const { left, right, take } = driveJoin('join');
  left('X', 1);
  right(null, 2);
  left(null, 3);
  right('Y', 4);
  right(null, 5);
  expect(take()).toEqual([]);
});

test('a left join has every row of the left, an outer join those of both', () => {
  const [one, both] = [driveJoin('leftJoin'), driveJoin('outerJoin')];
  for (const { left, right } of [one, both]) {
    right('Y', 1);
    left('X', 2);
    right(null, 3);
    left(null, 4);
    right('Z', 5);
  }
  expect(one.take()).toEqual(['X+Y@2', 'X+null@3', 'null@4']);
  expect(both.take()).toEqual(['null+Y@1', 'X+Y@2', 'X+null@3', 'null@4', 'null+Z@5']);
});
