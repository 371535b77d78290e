/** What follows from a result: conditions come and go with it, and a gate is shut by what is news. */
import type { Contract, QualityRule } from '@millrace/contracts';
import type { RuleOutcome, RuleResult } from '@millrace/operations';
import { createMetrics } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { createConditionBoard } from '../conditions/condition-board.ts';
import { createQualityMetrics } from '../metrics.ts';
import type { ResultStore } from './result-store.ts';
import { createRuleBoard } from './rule-board.ts';
import { createSettleResults } from './settle-results.ts';

const contract = { id: 'a.b' } as Contract;
const world = (action: QualityRule['action'] = 'alert') => {
  const board = createConditionBoard(() => 0);
  const shut: string[] = [];
  const kafka = { isAway: false };
  const stored: RuleResult[] = [];
  const settle = createSettleResults({
    store: { append: (some) => stored.push(...some) } as Partial<ResultStore> as ResultStore,
    rules: createRuleBoard([contract], () => 0),
    ...{ board, metrics: createQualityMetrics(createMetrics('quality')), send: () => undefined },
    shut: async (id, state, reason, by, failedSince) => {
      if (kafka.isAway) throw new Error('away');
      if (await failedSince(0)) shut.push(`${id} ${state} ${by}: ${reason}`);
    },
  });
  const rule = { id: 'codes', name: 'Codes', action } as QualityRule;
  const put = (outcome: RuleOutcome, scope: RuleResult['scope'] = 'all', isNews = true) => {
    const result = { id: 'r', contract: 'a.b', rule: 'codes', place: 'table', scope, outcome };
    return settle(contract, [
      { rule, result: { ...result, message: 'said' } as RuleResult, failedSince: () => isNews },
    ]);
  };
  return { put, board, shut, stored, kafka };
};

test('a condition stands while the rule fails, by place and scope, and goes when it passes', async () => {
  const { put, board, stored } = world();
  await put('failed');
  await put('failed', 'new');
  expect(board.open.map(({ name, severity }) => `${name} ${severity}`)).toEqual([
    'QualityRuleFailed warning',
    'QualityRuleFailed warning',
  ]);
  await put('passed');
  expect(board.open.map(({ key }) => key)).toEqual(['rule:a.b/codes:table:new']);
  await put('error', 'new');
  expect(board.open.map(({ name }) => name)).toEqual(['QualityRuleError']);
  await put('skipped', 'new');
  expect(board.open).toEqual([]);
  expect(stored).toHaveLength(5);
});

test('a rule that only warns or alerts shuts nothing; one that stops does, and says why', async () => {
  for (const action of ['warn', 'alert'] as const) {
    const { put, shut } = world(action);
    await put('failed');
    expect(shut).toEqual([]);
  }
  const { put, shut } = world('stop');
  await put('failed');
  expect(shut).toEqual(['a.b stopped rule:codes: Codes: said']);
  const quarantine = world('quarantine');
  await quarantine.put('failed', 'new');
  expect(quarantine.shut[0]).toContain('a.b quarantine');
});

test('a table that goes on failing shuts once, new rows each time, and what a person knows of never', async () => {
  const { put, shut } = world('stop');
  await put('failed');
  await put('failed');
  expect(shut).toHaveLength(1);
  await put('failed', 'new');
  await put('failed', 'new');
  expect(shut).toHaveLength(3);
  await put('failed', 'new', false);
  expect(shut).toHaveLength(3);
  await put('passed');
  await put('failed');
  expect(shut).toHaveLength(4);
});

test('a table that begins to fail while the gate cannot be shut shuts it at the next look', async () => {
  const { put, shut, board, kafka } = world('stop');
  kafka.isAway = true;
  await expect(put('failed')).rejects.toThrow('away');
  expect(board.open).toHaveLength(1);
  kafka.isAway = false;
  await put('failed');
  await put('failed');
  expect(shut).toHaveLength(1);
});
