import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

const pair = (value: string, row: string | null) => `${value}+${row}`;

const driveJoin = (grace: number, kind: 'join' | 'leftJoin' = 'join') => {
  const driver = drive(({ stream, table, out }) => {
    const [records, rows] = [stream<string>('stream'), table<string>('table')];
    const joined =
      kind === 'join'
        ? records.join(rows, pair, { grace })
        : records.leftJoin(rows, pair, { grace });
    out(joined, 'out');
    out(joined.late(), 'late');
  });
  return {
    stream: (value: string, timeMs: number, key = 'k') =>
      driver.pipe('stream', value, { key, timeMs }),
    table: (row: string | null, timeMs: number, key = 'k') =>
      driver.pipe('table', row, { key, timeMs }),
    take: () => driver.take('out').map(({ value, timeMs }) => `${value}@${timeMs}`),
    takeLate: () => driver.take('late').map(({ value }) => value),
  };
};

test('case 34: a record waits until event time is its grace beyond it', () => {
  const join = driveJoin(2);
  for (const key of ['0', '1', '2', '3']) join.table(`Y${key}`, 0, key);
  for (const key of ['0', '1', '2', '3']) join.stream(`X${key}`, Number(key), key);
  join.table('other', 9, 'other');
  expect(join.take()).toEqual(['X0+Y0@0', 'X1+Y1@1']);
  join.stream('later', 7, 'other');
  expect(join.take()).toEqual(['X2+Y2@2', 'X3+Y3@3']);
});

test('a record that the watermark has just come to waits for nothing', () => {
  const join = driveJoin(0);
  join.table('Y', 5);
  join.stream('first', 5);
  join.stream('second', 5);
  expect(join.take()).toEqual(['first+Y@5', 'second+Y@5']);
});

test('a record is joined with the row as it was at its time, whichever was read first', () => {
  const join = driveJoin(10);
  join.table('new', 20);
  join.stream('before', 19);
  join.stream('at', 20);
  join.table('old', 15);
  join.stream('end', 40);
  join.table('end', 40);
  expect(join.take()).toEqual(['before+old@19', 'at+new@20']);
});

test('a change that comes too late counts from the first time that is still unanswered', () => {
  const join = driveJoin(10, 'leftJoin');
  join.stream('A', 20);
  join.stream('B', 26);
  join.table('x', 35, 'other');
  join.table('late', 2);
  join.stream('end', 99);
  join.table('end', 99, 'other');
  expect(join.take()).toEqual(['A+null@20', 'B+late@26']);
});

test('a record that is further behind than its grace goes to the late output', () => {
  const join = driveJoin(10);
  join.table('Y', 0);
  join.stream('first', 30);
  join.stream('late', 19);
  expect(join.takeLate()).toEqual([
    { value: 'late', operator: 'table-join-1', windowStartMs: 19, windowEndMs: 19, lateByMs: 1 },
  ]);
});
