import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';
import type { JoinWindow } from './join-window.ts';

const pair = (left: string | null, right: string | null) => `${left}+${right}`;

const driveJoin = (kind: 'join' | 'leftJoin' | 'outerJoin', window: JoinWindow) => {
  const driver = drive(({ stream, out }) => {
    const [left, right] = [stream<string>('left'), stream<string>('right')];
    const joined = {
      join: () => left.join(right, window, pair),
      leftJoin: () => left.leftJoin(right, window, pair),
      outerJoin: () => left.outerJoin(right, window, pair),
    }[kind]();
    out(joined, 'out');
    out(joined.late(), 'late');
  });
  return {
    left: (value: string, timeMs: number, key = 'k') => driver.pipe('left', value, { key, timeMs }),
    right: (value: string, timeMs: number, key = 'k') =>
      driver.pipe('right', value, { key, timeMs }),
    take: () => driver.take('out').map(({ value, timeMs }) => `${value}@${timeMs}`),
    takeLate: () => driver.take('late').map(({ value }) => value),
  };
};

test('case 28: a window before 0 after 100 has both its bounds inside', () => {
  const join = driveJoin('join', { before: 0, after: 100 });
  join.left('A0', 1000);
  join.left('A1', 1001);
  join.left('A2', 1002);
  join.left('A3', 1003);
  const joinedWith = (timeMs: number) => {
    join.right('x', timeMs);
    return join.take();
  };
  expect(joinedWith(999)).toEqual([]);
  expect(joinedWith(1000)).toEqual(['A0+x@1000']);
  expect(joinedWith(1001)).toEqual(['A0+x@1001', 'A1+x@1001']);
  expect(joinedWith(1002)).toEqual(['A0+x@1002', 'A1+x@1002', 'A2+x@1002']);
  expect(joinedWith(1100)).toEqual(['A0+x@1100', 'A1+x@1100', 'A2+x@1100', 'A3+x@1100']);
  expect(joinedWith(1101)).toEqual(['A1+x@1101', 'A2+x@1101', 'A3+x@1101']);
  expect(joinedWith(1103)).toEqual(['A3+x@1103']);
  expect(joinedWith(1104)).toEqual([]);
});

test('case 28: a window before 100 after 0 has both its bounds inside', () => {
  const join = driveJoin('join', { before: 100, after: 0 });
  join.left('A0', 1000);
  join.left('A1', 1001);
  join.left('A2', 1002);
  join.left('A3', 1003);
  const joinedWith = (timeMs: number) => {
    join.right('x', timeMs);
    return join.take();
  };
  expect(joinedWith(899)).toEqual([]);
  expect(joinedWith(900)).toEqual(['A0+x@1000']);
  expect(joinedWith(902)).toEqual(['A0+x@1000', 'A1+x@1001', 'A2+x@1002']);
  expect(joinedWith(1000)).toEqual(['A0+x@1000', 'A1+x@1001', 'A2+x@1002', 'A3+x@1003']);
  expect(joinedWith(1001)).toEqual(['A1+x@1001', 'A2+x@1002', 'A3+x@1003']);
  expect(joinedWith(1003)).toEqual(['A3+x@1003']);
  expect(joinedWith(1004)).toEqual([]);
});

test('case 29: a left record without a partner goes alone once its window and grace have passed', () => {
  const join = driveJoin('leftJoin', { within: 100, grace: 10 });
  join.left('A0', 0);
  join.left('A1', 0, 'l');
  join.right('a0', 101);
  expect(join.take()).toEqual([]);
  join.left('dummy', 1201, 'd');
  expect(join.take()).toEqual([]);
  join.right('dummy', 1201, 'd');
  expect(join.take()).toEqual(['dummy+dummy@1201', 'A0+null@0', 'A1+null@0']);
});

test('case 31: an outer join hands on records of either side that have no partner, by when their windows close', () => {
  const join = driveJoin('outerJoin', { within: 100, grace: 10 });
  join.left('A0', 0);
  join.right('11', 101);
  join.left('dummy', 1201, 'd');
  join.right('dummy', 1201, 'd');
  expect(join.take()).toEqual(['dummy+dummy@1201', 'A0+null@0', 'null+11@101']);
});

test('a record that has been handed on alone is never joined afterwards', () => {
  const join = driveJoin('leftJoin', { within: 10 });
  join.left('A', 100);
  join.right('x', 111);
  join.left('B', 111);
  expect(join.take()).toEqual(['B+x@111', 'A+null@100']);
  join.right('y', 105);
  expect(join.take()).toEqual(['B+y@111']);
});

test('a record whose own window has closed goes to the late output, with what it was late for', () => {
  const join = driveJoin('join', { within: 20, grace: 10 });
  join.right('x', 100);
  join.left('in time', 130);
  join.left('just in time', 100);
  expect(join.takeLate()).toEqual([]);
  join.left('late', 99);
  expect(join.take()).toEqual(['just in time+x@100']);
  expect(join.takeLate()).toEqual([
    { value: 'late', operator: 'join-1', windowStartMs: 79, windowEndMs: 119, lateByMs: 1 },
  ]);
});

test('records out of order are joined while the window is open, also without grace', () => {
  const join = driveJoin('join', { within: '1 h' });
  join.left('A', 3_600_000);
  join.right('now', 3_600_000);
  join.right('before', 0);
  expect(join.take()).toEqual(['A+now@3600000', 'A+before@3600000']);
});

test('several records of one key and millisecond are all joined', () => {
  const join = driveJoin('join', { within: 1 });
  join.left('A', 5);
  join.left('B', 5);
  join.right('x', 5);
  join.right('y', 6);
  expect(join.take()).toEqual(['A+x@5', 'B+x@5', 'A+y@6', 'B+y@6']);
});

test('a function that throws for a record alone is told, and the other records leave', () => {
  const driver = drive(({ stream, out }) => {
    const joined = stream<string>('left').leftJoin(
      stream<string>('right'),
      { within: 1 },
      (left, right) => {
        if (left === 'bad' && right === null) throw new Error('bad');
        return pair(left, right);
      },
    );
    out(joined, 'out');
  });
  for (const value of ['bad', 'good']) driver.pipe('left', value, { key: value, timeMs: 1 });
  for (const side of ['left', 'right']) driver.pipe(side, 'end', { key: 'end', timeMs: 9 });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['end+end', 'good+null']);
  expect(driver.takeFailures()).toMatchObject([{ record: { flow: { value: 'bad' } } }]);
});

test('a record whose pair cannot be made leaves nothing behind: its partner still has none', () => {
  const driver = drive(({ stream, out }) => {
    const joined = stream<string>('left').leftJoin(
      stream<string>('right'),
      { within: 1 },
      (left, right) => {
        if (right === 'bad') throw new Error('bad');
        return pair(left, right);
      },
    );
    out(joined, 'out');
  });
  driver.pipe('left', 'A', { key: 'k', timeMs: 1 });
  driver.pipe('right', 'bad', { key: 'k', timeMs: 1 });
  for (const side of ['left', 'right']) driver.pipe(side, 'end', { key: 'end', timeMs: 9 });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['end+end', 'A+null']);
});
