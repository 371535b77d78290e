import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createGcra, retrySeconds } from './gcra.ts';

test('a burst passes at once, then the rate', () => {
  const gcra = createGcra({ perSecond: 10, burst: 5 });
  for (let taken = 0; taken < 5; taken += 1) {
    expect(gcra.waitMs(1, 0)).toBe(0);
    gcra.charge(1, 0);
  }
  expect(gcra.waitMs(1, 0)).toBe(100);
  expect(gcra.left(0)).toBe(0);
  expect(gcra.waitMs(1, 100)).toBe(0);
  expect(gcra.fullInMs(100)).toBe(400);
});

test('a debt is paid before anything else is let in', () => {
  const gcra = createGcra({ perSecond: 100, burst: 100 });
  gcra.charge(1000, 0);
  expect(gcra.waitMs(1, 0)).toBe(9010);
  expect(gcra.waitMs(1, 9009)).toBeGreaterThan(0);
  expect(gcra.waitMs(1, 9010)).toBe(0);
});

test('a cost above the burst waits for the whole burst and no longer', () => {
  const gcra = createGcra({ perSecond: 1, burst: 2 });
  expect(gcra.waitMs(50, 0)).toBe(0);
  gcra.charge(1, 0);
  expect(gcra.waitMs(50, 0)).toBe(1000);
});

test('whoever waits as long as it is told gets in, and over any time no more than burst and rate pass', () => {
  const rate = fc.record({
    perSecond: fc.double({ min: 0.1, max: 5000, noNaN: true }),
    burst: fc.integer({ min: 1, max: 1000 }),
  });
  const arrivals = fc.array(
    fc.record({ pauseMs: fc.double({ min: 0, max: 3000, noNaN: true }), cost: fc.constant(1) }),
    { minLength: 1, maxLength: 300 },
  );
  fc.assert(
    fc.property(rate, arrivals, (given, sequence) => {
      const gcra = createGcra(given);
      let nowMs = 0;
      let passed = 0;
      for (const { pauseMs, cost } of sequence) {
        nowMs += pauseMs;
        const wait = gcra.waitMs(cost, nowMs);
        if (wait === 0) {
          gcra.charge(cost, nowMs);
          passed += cost;
        } else {
          expect(gcra.waitMs(cost, nowMs + retrySeconds(wait) * 1000)).toBe(0);
        }
      }
      expect(passed).toBeLessThanOrEqual(given.burst + (nowMs / 1000) * given.perSecond + 1e-6);
    }),
  );
});
