import { expect, test } from 'vitest';
import { expectedExits, kindOf } from './classify.ts';

test('a mark tells which command ends with another exit code than 0, and why', () => {
  const mark =
    'run; exit 1 of "npx millrace status": a letter is dead; nobody minds; exit 2 of "npx millrace x" where it says "bad": no';
  expect(kindOf(mark)).toBe('run');
  expect(expectedExits(mark)).toEqual([
    { command: 'npx millrace status', code: 1, why: 'a letter is dead; nobody minds' },
    { command: 'npx millrace x', code: 2, where: 'bad', why: 'no' },
  ]);
  expect(expectedExits('run')).toEqual([]);
  expect(() => expectedExits('run; exit 1 of npx')).toThrow('no exit code of a command');
});

test.each(['run until stopped', 'checked: there is no cluster', 'run by tests/x.test.ts'])(
  '%s is what it is',
  (fate) => expect(kindOf(fate)).toBe(fate),
);
