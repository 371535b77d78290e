import { expect, test } from 'vitest';
import { type Profile, queryTerms } from './query-settings.ts';

const bounds = { timeMs: 30_000, memoryBytes: 1e9, resultBytes: 1e6 };
const profile = (
  readonly: number,
  more: Record<string, { value: number; max: number }> = {},
): Profile => new Map(Object.entries({ readonly: { value: readonly, max: Infinity }, ...more }));

test('a user who may write is made readonly, under the service’s bounds', () => {
  expect(queryTerms(profile(0), bounds, 10)).toMatchObject({
    ...{ rowsMax: 10, timeMs: 30_000, memoryBytes: 1e9 },
    settings: {
      readonly: 1,
      max_execution_time: '30',
      max_memory_usage: '1000000000',
      limit: '11',
    },
  });
});

test('a profile’s own bounds are not asked to be looser, and its readonly is left alone', () => {
  const tight = profile(2, {
    max_execution_time: { value: 2, max: 2 },
    max_result_rows: { value: 1000, max: 1000 },
  });
  const { settings, rowsMax } = queryTerms(tight, bounds, 5000);
  expect(settings).toMatchObject({ max_execution_time: '2', limit: '1000' });
  expect(settings).not.toHaveProperty('readonly');
  expect(rowsMax).toBe(999);
});

test('a user who may set nothing is asked nothing', () => {
  expect(queryTerms(profile(1), bounds, 10)).toEqual({
    ...{ settings: {}, rowsMax: 10, timeMs: null, memoryBytes: null },
  });
  const bounded = profile(1, { max_execution_time: { value: 7, max: 7 } });
  expect(queryTerms(bounded, bounds, 10)).toMatchObject({ timeMs: 7_000, memoryBytes: null });
});
