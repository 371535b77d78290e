import { expect, test } from 'vitest';
import {
  limitText,
  meetsLimit,
  type RuleLimit,
  type RuleOperator,
  readLimit,
} from './rule-limit.ts';

const limit = (operator: RuleOperator, ...bounds: number[]): RuleLimit => ({
  operator,
  bounds: bounds as unknown as RuleLimit['bounds'],
});

test.each([
  ['mustBe', [0], [0], [1, -1]],
  ['mustNotBe', [0], [1], [0]],
  ['mustBeGreaterThan', [2], [3], [2, 1]],
  ['mustBeGreaterOrEqualTo', [2], [2, 3], [1]],
  ['mustBeLessThan', [2], [1], [2, 3]],
  ['mustBeLessOrEqualTo', [2], [1, 2], [3]],
  ['mustBeBetween', [1, 3], [1, 2, 3], [0, 4]],
  ['mustNotBeBetween', [1, 3], [0, 4], [1, 2, 3]],
] as const)('%s %j: %j meet it and %j do not', (operator, bounds, good, bad) => {
  const one = limit(operator, ...bounds);
  expect(good.map((value) => meetsLimit(value, one))).toEqual(good.map(() => true));
  expect(bad.map((value) => meetsLimit(value, one))).toEqual(bad.map(() => false));
});

test('a limit is said as the contract says it', () => {
  expect(limitText(limit('mustBe', 0))).toBe('mustBe 0');
  expect(limitText(limit('mustBeBetween', 1, 5))).toBe('mustBeBetween 1 and 5');
});

test('a rule without an operator, with two, or with a word for a number says what is wrong', () => {
  expect(readLimit({ metric: 'rowCount' })).toContain('does not say what');
  expect(readLimit({ mustBe: 0, mustBeLessThan: 3 })).toContain('side by side');
  expect(readLimit({ mustBe: 'none' })).toContain('"none" is no number');
  expect(readLimit({ mustBeBetween: [5, 1] })).toContain('lower bound comes first');
  expect(readLimit({ mustBe: 0 })).toEqual({ operator: 'mustBe', bounds: [0] });
});
