import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createInsertBudget } from './insert-budget.ts';

const { signal } = new AbortController();

test('turns beyond what a quiet table saved up come evenly spaced, in order of asking', async () => {
  const clock = createManualClock(1_000_000);
  const budget = createInsertBudget(10, clock);
  const taken: number[] = [];
  const asking = Array.from({ length: 6 }, async (_, index) => {
    await budget.acquire(signal);
    taken.push(index);
  });
  await clock.advance(0);
  expect(taken).toEqual([0, 1, 2]);
  await clock.advance(100);
  expect(taken).toEqual([0, 1, 2, 3]);
  await clock.advance(200);
  expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
  await Promise.all(asking);
});

test('over a long time a table takes no more than its inserts a second', () => {
  const clock = createManualClock(1_000_000);
  const budget = createInsertBudget(20, clock);
  let taken = 0;
  for (let asked = 0; asked < 1_000; asked += 1) if (budget.tryAcquire()) taken += 1;
  expect(taken).toBeLessThanOrEqual(5);
});
