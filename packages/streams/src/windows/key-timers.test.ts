import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyTimers } from './key-timers.ts';

test('a key is taken once when any of its timers is due, and no sooner', () => {
  const timer = fc.record({
    timeMs: fc.integer({ min: -50, max: 200 }),
    key: fc.constantFrom('a', 'b', 'c'),
  });
  const step = fc.record({ set: fc.array(timer), takeMs: fc.integer({ min: -60, max: 210 }) });
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: 1, max: 40 }), (steps, groupMs) => {
      const timers = createKeyTimers(groupMs);
      let waiting: { timeMs: number; key: string }[] = [];
      for (const { set, takeMs } of steps) {
        for (const { timeMs, key } of set) timers.set(timeMs, key);
        waiting.push(...set);
        const due = waiting.filter(({ timeMs }) => timeMs <= takeMs);
        if (due.length > 0) expect(timers.earliestMs).toBeLessThanOrEqual(takeMs);
        expect(timers.take(takeMs)).toEqual(new Set(due.map(({ key }) => key)));
        waiting = waiting.filter(({ timeMs }) => timeMs > takeMs);
      }
    }),
  );
});
