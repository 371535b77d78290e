import { createMetrics } from '@millrace/runtime';
import { expect, test } from 'vitest';
import type { WalBudget } from './wal-budget.ts';
import { declareWalMetrics } from './wal-metrics.ts';

const budget: WalBudget = {
  ...{ behindBytes: 1, retainedBytes: 2, safeBytes: undefined, status: 'reserved' },
  ...{ bytesPerSecond: undefined, exhaustedInSeconds: undefined, usedShare: 0 },
};

test('what is left is infinite before it is known and where nothing limits it, and nothing when the slot is lost', async () => {
  const metrics = createMetrics('cdc');
  const { sourceLog } = declareWalMetrics(metrics);
  const left = async (): Promise<readonly string[]> =>
    (await metrics.render())
      .split('\n')
      .filter((line) => /^millrace_cdc_slot_(safe|exhaustion)/.test(line))
      .map((line) => line.split(' ')[1] ?? '');
  expect(await left()).toEqual(['+Inf', '+Inf']);
  sourceLog({ ...budget, safeBytes: 100, bytesPerSecond: 10, exhaustedInSeconds: 10 });
  expect(await left()).toEqual(['100', '10']);
  sourceLog(budget);
  expect(await left()).toEqual(['+Inf', '+Inf']);
  sourceLog({ ...budget, status: 'lost' });
  expect(await left()).toEqual(['0', '0']);
});
