import { expect, test } from 'vitest';
import { Line, Waiting } from './line.ts';

class Named extends Waiting {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }
}

const lineOf = (names: string) => {
  const line = new Line<Named>();
  const waiting = [...names].map((name) => new Named(name));
  for (const one of waiting) line.add(one);
  return { line, waiting, names: () => [...line].map(({ name }) => name).join('') };
};

test('who waits stands in the order of coming, whoever leaves', () => {
  const { line, waiting, names } = lineOf('abcde');
  for (const [at, left] of [
    [2, 'abde'],
    [0, 'bde'],
    [4, 'bd'],
    [1, 'd'],
    [3, ''],
  ] as const) {
    line.remove(waiting[at]!);
    expect(names()).toBe(left);
    expect(line.first?.name ?? '').toBe(left.slice(0, 1));
  }
  line.add(waiting[2]!);
  expect(names()).toBe('c');
});

test('who has left is not there to leave again, and holds nobody', () => {
  const { line, waiting, names } = lineOf('abc');
  for (let twice = 0; twice < 2; twice += 1) line.remove(waiting[1]!);
  expect(names()).toBe('ac');
  expect(waiting[1]).toEqual(new Named('b'));
});

test('who is told may leave', () => {
  const { line, names } = lineOf('abcd');
  for (const one of line) if (one.name !== 'b') line.remove(one);
  expect(names()).toBe('b');
});
