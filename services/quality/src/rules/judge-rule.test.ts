import type { QualityRule } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { judgeRule, type Look } from './judge-rule.ts';
import type { Measurement } from './scan-statement.ts';

const rule = (more: Partial<QualityRule> = {}): QualityRule => ({
  ...{ id: 'nulls', name: 'Nulls', check: { kind: 'nullValues', field: 'a' }, unit: 'rows' },
  ...{ action: 'alert', schedule: '0 * * * *', onTable: true, onTopic: true, samplesMax: 0 },
  limit: { operator: 'mustBe', bounds: [0] },
  ...more,
});
const look: Look = {
  id: 'r',
  contract: 'a.b',
  atMs: 1,
  durationMs: 2,
  place: 'table',
  scope: 'all',
};
const judge = (one: QualityRule, measurement: Measurement, share = 1) =>
  judgeRule(one, { kind: 'measured', measurement }, { ...look, share });
const rows = (failed: number) => ({ measured: failed, rowsChecked: 10, rowsFailed: failed });

test('what meets its limit has passed; what does not has failed, or is a warning where the rule only warns', () => {
  expect(judge(rule(), rows(0)).outcome).toBe('passed');
  expect(judge(rule(), rows(2))).toMatchObject({
    ...{ outcome: 'failed', message: '2 of 10 rows, mustBe 0.', expected: 'mustBe 0' },
  });
  expect(judge(rule({ action: 'warn' }), rows(2)).outcome).toBe('warning');
  expect(judge(rule({ action: 'stop' }), rows(2)).outcome).toBe('failed');
});

test('where there was nothing to measure the rule is skipped, and an error is no failure', () => {
  const nothing = { measured: null, rowsChecked: 0, rowsFailed: 0, note: 'There are no rows.' };
  expect(judge(rule(), nothing)).toMatchObject({
    outcome: 'skipped',
    message: 'There are no rows.',
  });
  expect(judgeRule(rule(), { kind: 'error', message: 'gone' }, look)).toMatchObject({
    ...{ outcome: 'error', measured: null, message: 'gone' },
  });
});

test('figures have their unit, and a part that was looked at is told', () => {
  const percent = { measured: 12.3456, rowsChecked: 81, rowsFailed: 10 };
  expect(judge(rule({ unit: 'percent' }), percent).message).toBe('12.35 % of 81 rows, mustBe 0.');
  expect(judge(rule(), rows(0), 0.1).message).toContain('One of 10 records was looked at.');
  expect(judge(rule(), rows(0), 0).message).not.toContain('looked at');
});
