import { createManualClock } from '@millrace/testkit';
import * as fc from 'fast-check';
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
  await clock.advance(125);
  expect(taken).toEqual([0, 1, 2, 3]);
  await clock.advance(250);
  expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
  await Promise.all(asking);
});

/** When turns were taken by somebody who asks at these moments, in ms. */
async function turns(insertsPerSecond: number, asksMs: readonly number[]): Promise<number[]> {
  const clock = createManualClock(1_000_000);
  const budget = createInsertBudget(insertsPerSecond, clock);
  const taken: number[] = [];
  for (const ms of asksMs.toSorted((a, b) => a - b)) {
    await clock.advance(1_000_000 + ms - clock.nowMs());
    void budget.acquire(signal).then(() => taken.push(clock.nowMs()));
  }
  for (let step = 0; step < 400 && taken.length < asksMs.length; step += 1) await clock.advance(50);
  return taken;
}

test('no second has more turns than the limit, whenever they are asked for', async () => {
  const cases = fc.record({
    limit: fc.integer({ min: 1, max: 20 }),
    asks: fc.array(fc.nat(1_500), { minLength: 30, maxLength: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ limit, asks }) => {
      const taken = await turns(limit, asks);
      for (const from of taken) {
        // Turns a whole second apart differ from it by a rounding error.
        const inOneSecond = taken.filter((ms) => ms >= from && ms < from + 999.9);
        expect(inOneSecond.length).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 60 },
  );
});

test('a range of several inserts takes as many turns, and a share of the partitions a share of the limit', async () => {
  const clock = createManualClock(1_000_000);
  const budget = createInsertBudget(4, clock);
  budget.share(0.5);
  expect(budget.tryAcquire()).toBe(true);
  expect(budget.tryAcquire()).toBe(false);
  await clock.advance(500);
  expect(budget.tryAcquire()).toBe(true);
  budget.spend(2);
  await clock.advance(1_000);
  expect(budget.tryAcquire()).toBe(false);
  await clock.advance(500);
  expect(budget.tryAcquire()).toBe(true);
});
