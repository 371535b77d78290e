import { expect, test } from 'vitest';
import { valuesProblems } from './values-problems.ts';

const root = new URL('../../../', import.meta.url).pathname;

test('values are laid over those of the chart and judged by its schema', () => {
  expect(valuesProblems(root, { kafka: { brokers: ['kafka:9092'] } })).toEqual([]);
  expect(valuesProblems(root, { kafka: { broker: ['kafka:9092'] } })).toEqual([
    '/kafka must NOT have additional properties broker',
  ]);
});
