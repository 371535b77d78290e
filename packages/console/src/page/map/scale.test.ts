import { expect, test } from 'vitest';
import { colorOf, radiusOf, stepColors, stepsOf } from './scale.ts';

test('four times the value has twice the radius, and nothing is too small to see', () => {
  expect(radiusOf(100, 400, 20)).toBe(10);
  expect(radiusOf(400, 400, 20)).toBe(20);
  expect(radiusOf(0, 400, 20)).toBe(2);
  expect(radiusOf(1, 0, 20)).toBe(2);
});

test('each step holds as many values', () => {
  const values = Array.from({ length: 100 }, (_, index) => index);
  const steps = stepsOf(values);
  expect(steps.map(({ below }) => below)).toEqual([20, 40, 60, 80, Number.POSITIVE_INFINITY]);
  expect([0, 19, 20, 99].map((value) => colorOf(value, steps))).toEqual([
    ...[stepColors[0], stepColors[0], stepColors[1], stepColors[4]],
  ]);
});

test('values that are all alike have one step', () => {
  expect(stepsOf([7, 7, 7])).toHaveLength(2);
  expect(colorOf(7, stepsOf([7, 7, 7]))).toBe(stepColors[4]);
});
