import type { DimensionMatch, StreamCheckRun, StreamCounts } from '@millrace/operations';
import { expect, test } from 'vitest';
import { checkText } from './check-text.ts';

const run = (more: Partial<StreamCheckRun>): StreamCheckRun => ({
  ...{ state: 'done', by: 'ada', startedMs: 1, endedMs: 2, step: '', share: 1, error: null },
  ...{ counts: null, dimension: null },
  ...more,
});
const counts = (missing: number, double: number) =>
  ({ landed: 1_200, missing, double }) as StreamCounts;
const dimension = (more: Partial<DimensionMatch>): DimensionMatch => ({
  ...{ comparedAtMs: 1, rows: 3_375, missing: 0, surplus: 0, different: 0, ...more },
});

test('what is wrong is told, and what is not is left out; what is right says how much it is of', () => {
  expect(checkText(run({ counts: counts(3, 0) }))).toEqual({ state: 'bad', text: '3 missing' });
  expect(checkText(run({ counts: counts(3, 1) })).text).toBe('3 missing, 1 double');
  expect(checkText(run({ counts: counts(0, 0) }))).toEqual({
    ...{ state: 'ok', text: 'None of 1,200 missing or double' },
  });
  expect(checkText(run({ dimension: dimension({ surplus: 2, different: 1 }) })).text).toBe(
    '2 too many, 1 different',
  );
  expect(checkText(run({ dimension: dimension({}) }))).toEqual({
    ...{ state: 'ok', text: '3,375 rows, all as in their source' },
  });
});

test('one that failed says so and nothing about the rows', () => {
  const error = { code: 'verify.sink-behind', message: 'The sink is behind.' };
  expect(checkText(run({ error }))).toEqual({
    ...{ state: 'unknown', text: 'Not counted', note: 'The sink is behind.' },
  });
});
