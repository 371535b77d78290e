/** Looks at one table that meet: a schedule's and a person's. */
import type { QualityRule, WarehouseContract } from '@millrace/contracts';
import type { RuleResult } from '@millrace/operations';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { createMetrics } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { createQualityMetrics } from '../metrics.ts';
import { createLookAtTable } from './look-at-table.ts';
import type { ResultStore } from './result-store.ts';
import type { Ask } from './table-source.ts';

const rule = {
  ...{ id: 'codes', name: 'Codes', unit: 'rows', action: 'alert', schedule: '0 * * * *' },
  check: { kind: 'invalidValues', field: 'code', pattern: '^[A-Z]{3}$' },
  limit: { operator: 'mustBe', bounds: [0] },
  ...{ onTable: true, onTopic: false, samplesMax: 5 },
} as QualityRule;
const contract = {
  ...{ id: 'shop.orders', topic: { name: 'orders' }, source: { kind: 'event' }, quality: [rule] },
  warehouse: { role: 'fact', view: 'orders', table: 'orders_raw', columns: [] },
} as unknown as WarehouseContract;

const world = (ask: (statement: string) => Promise<Record<string, unknown>>) => {
  const settled: RuleResult[] = [];
  const store = { append: () => undefined, appendSamples: () => undefined };
  const look = createLookAtTable({
    ask: (async (statement: string) => [await ask(statement)]) as Ask,
    ...{ isThere: async () => true, clock: systemClock, logger: silentLogger },
    store: store as Partial<ResultStore> as ResultStore,
    settle: async (_contract, results) => void settled.push(...results.map(({ result }) => result)),
    metrics: createQualityMetrics(createMetrics('quality')),
  });
  return { settled, look: () => look(contract, [rule], 'all', { source: 'orders_raw' }) };
};
const counted = (bad: number) => ({ rows: '20', r0: String(bad) });

test('a look that began before does not come after one that saw more rows', async () => {
  let bad = 0;
  const answered = Promise.withResolvers<void>();
  let begun: (() => void) | undefined;
  const { settled, look } = world(async () => {
    const answer = counted(bad);
    if (begun === undefined) return answer;
    begun();
    begun = undefined;
    await answered.promise;
    return answer;
  });
  const measuring = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const scheduled = look();
  await measuring;
  bad = 1;
  const asked = look();
  await Promise.race([asked, new Promise(setImmediate)]);
  answered.resolve();
  await Promise.all([scheduled, asked]);
  expect(settled.map(({ outcome, measured }) => [outcome, measured])).toEqual([
    ['passed', 0],
    ['failed', 1],
  ]);
});

test('a look that fails does not keep the next from its turn', async () => {
  let isAway = true;
  const { settled, look } = world(async () => {
    if (isAway) throw new Error('away');
    return counted(0);
  });
  const away = look();
  const next = look();
  await expect(away).rejects.toThrow('away');
  isAway = false;
  await expect(next.catch(look)).resolves.toMatchObject([{ outcome: 'passed' }]);
  expect(settled).toHaveLength(1);
});
