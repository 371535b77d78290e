import { expect, test } from 'vitest';
import { judgeSlot } from './judge-slot.ts';
import type { SlotFigures } from './read-slots.ts';
import { createSlotGrowth } from './slot-growth.ts';

const mib = 1024 ** 2;
const limits = { slotLagBytes: 100 * mib, slotExhaustionMs: 6 * 3_600_000 };
const slot: SlotFigures = {
  ...{ slot: 's', active: true, confirmedLsn: '0/1', behindBytes: 0, retainedBytes: 0 },
  ...{ budgetBytes: null, walStatus: 'reserved', tables: [] },
};

test('a slot that keeps up and one that nothing limits are well', () => {
  expect(judgeSlot(slot, 0, limits)).toMatchObject({ condition: 'ok', exhaustionSeconds: null });
  expect(judgeSlot({ ...slot, retainedBytes: 1e12 }, 1e6, limits).condition).toBe('ok');
});

test('one that is behind is told of, and that nobody reads it', () => {
  const { condition, conditions } = judgeSlot(
    { ...slot, behindBytes: 100 * mib, active: false },
    null,
    limits,
  );
  expect(condition).toBe('warn');
  expect(conditions).toMatchObject([
    { name: 'SlotLagging', summary: '100 MiB behind; nobody reads it' },
  ]);
});

test.each([
  [7, 'ok', []],
  [5, 'warn', ['SlotWillBeLost']],
  [0.9, 'bad', ['SlotWillBeLost']],
])('with %d hours of budget left at its rate it is %s', (hours, condition, names) => {
  const judged = judgeSlot({ ...slot, budgetBytes: mib * 3600 * hours }, mib, limits);
  expect(judged.condition).toBe(condition);
  expect(judged.exhaustionSeconds).toBeCloseTo(hours * 3600);
  expect(judged.conditions.map(({ name }) => name)).toEqual(names);
});

test('what is lost or about to be is critical, whatever the rate', () => {
  for (const walStatus of ['lost', 'unreserved'])
    expect(judgeSlot({ ...slot, walStatus, behindBytes: 1e12 }, null, limits).condition).toBe(
      'bad',
    );
});

test('growth is of the last ten minutes, and not known from one look or two at once', () => {
  const growth = createSlotGrowth();
  growth.look('a', 0, 0);
  expect(growth.perSecond('a')).toBeNull();
  growth.look('a', 10_000, 1000);
  expect(growth.perSecond('a')).toBeNull();
  growth.look('a', 20_000, 2000);
  expect(growth.perSecond('a')).toBe(100);
  growth.look('a', 700_000, 2000);
  growth.look('a', 720_000, 6000);
  expect(growth.perSecond('a')).toBe(200);
  growth.keepOnly(new Set());
  expect(growth.perSecond('a')).toBeNull();
});
