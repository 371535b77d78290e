import { expect, test } from 'vitest';
import { drive } from '../testing/drive.ts';

/** Which side, what, and when; every record has one key but the last two, which have none. */
const script: readonly (readonly ['left' | 'right', string | null, number])[] = [
  ['left', null, 1],
  ['right', null, 2],
  ['left', 'A', 3],
  ['right', 'a', 4],
  ['left', 'B', 5],
  ['right', 'b', 6],
  ['left', null, 7],
  ['right', null, 8],
  ['left', 'C', 9],
  ['right', 'c', 10],
  ['right', null, 11],
  ['left', null, 12],
  ['right', null, 13],
  ['right', 'd', 14],
  ['left', 'D', 15],
  ['left', 'E', 16],
  ['right', 'e', 17],
];

const pairs: Readonly<Record<number, readonly string[]>> = {
  4: ['A-a'],
  5: ['B-a'],
  6: ['A-b', 'B-b'],
  9: ['C-a', 'C-b'],
  10: ['A-c', 'B-c', 'C-c'],
  14: ['A-d', 'B-d', 'C-d'],
  15: ['D-a', 'D-b', 'D-c', 'D-d'],
};

for (const kind of ['join', 'leftJoin', 'outerJoin'] as const) {
  test(`case 32: ${kind} of two streams hands on each pair when its second record comes`, () => {
    const window = { within: '10 s', grace: '24 h' } as const;
    const dash = (left: string | null, right: string | null) => `${left}-${right}`;
    const driver = drive(({ stream, out }) => {
      const [left, right] = [stream<string>('left'), stream<string>('right')];
      const joined = {
        join: () => left.join(right, window, dash),
        leftJoin: () => left.leftJoin(right, window, dash),
        outerJoin: () => left.outerJoin(right, window, dash),
      }[kind]();
      out(joined, 'out');
    });
    for (const [side, value, timeMs] of script) {
      driver.pipe(side, value, { key: timeMs < 16 ? 'k' : null, timeMs });
      const expected = (pairs[timeMs] ?? []).map((pair) => ({ key: 'k', value: pair, timeMs }));
      expect(driver.take('out')).toEqual(expected);
    }
    expect(driver.skipped).toEqual({ 'join-1: no-value': 7, 'join-1: no-key': 2 });
  });
}

test('a stream can be joined with itself: every pair both ways, and each record with itself', () => {
  const driver = drive(({ stream, out }) => {
    const one = stream<string>('in');
    out(
      one.join(one, { within: 1 }, (left, right) => `${left}-${right}`),
      'out',
    );
  });
  for (const [value, timeMs] of [
    ['A', 2],
    ['B', 3],
    ['C', 5],
  ] as const)
    driver.pipe('in', value, { key: 'k', timeMs });
  expect(driver.take('out').map(({ value }) => value)).toEqual(['A-A', 'B-A', 'A-B', 'B-B', 'C-C']);
});
