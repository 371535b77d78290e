import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryRun } from '../testing/arbitrary-run.ts';
import { runOperator } from '../testing/run-operator.ts';
import { deduplicateOperator } from './deduplicate.ts';

test('of records that lie close together one is handed on, and no two are, across restarts', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), arbitraryRun, (withinMs, run) => {
      const output = runOperator(deduplicateOperator({ withinMs }), run);
      const { emitted, late, entriesLeft, brokeItsWatermark } = output;
      const close = (one: { key: string | null; timeMs: number }) =>
        emitted.filter(
          ({ key, timeMs }) => key === one.key && Math.abs(timeMs - one.timeMs) < withinMs,
        );
      for (const record of emitted) expect(close(record)).toEqual([record]);
      const lateValues = new Set(late.map(({ flow }) => flow.value));
      for (const record of run.inputs.flat(2)) {
        if (!lateValues.has(record.value)) expect(close(record).length).toBeGreaterThan(0);
      }
      for (const { flow } of late) expect(flow.watermarkMs).toBeGreaterThan(flow.timeMs + withinMs);
      expect(entriesLeft).toBe(0);
      expect(brokeItsWatermark).toBe(false);
    }),
    { numRuns: 200 },
  );
});
