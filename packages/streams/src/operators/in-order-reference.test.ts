import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryRun } from '../testing/arbitrary-run.ts';
import { runOperator, textsOf } from '../testing/run-operator.ts';
import { compareTexts } from '../value-order.ts';
import { createOriginClock } from '../watermarks/origin-clock.ts';
import { inOrderOperator } from './in-order.ts';

test('every record on time leaves sorted, however partitions interleave and state is reopened', () => {
  fc.assert(
    fc.property(fc.constantFrom(0, 5), arbitraryRun, (graceMs, run) => {
      const operator = inOrderOperator<string>({ graceMs, tie: (value) => value });
      const { emitted, entriesLeft, brokeItsWatermark } = runOperator(operator, run);
      const expected = run.inputs
        .flat()
        .flatMap((records) => {
          const clock = createOriginClock(run.disorderMs);
          return records.filter(({ timeMs }) => clock.see(timeMs) <= timeMs + graceMs);
        })
        .toSorted(
          (one, other) =>
            one.timeMs - other.timeMs ||
            compareTexts(one.key, other.key) ||
            compareTexts(one.value as string, other.value as string),
        );
      expect(textsOf(emitted)).toEqual(textsOf(expected as never));
      expect(entriesLeft).toBe(0);
      expect(brokeItsWatermark).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('without a tie, records of one partition, key and time keep their order', () => {
  fc.assert(
    fc.property(arbitraryRun, (run) => {
      const { emitted } = runOperator(inOrderOperator({ graceMs: 0 }), run);
      for (const records of run.inputs.flat()) {
        const at = (value: unknown) => records.findIndex((record) => record.value === value);
        const own = emitted.filter(({ value }) => at(value) >= 0);
        for (const [index, { key, timeMs, value }] of own.entries()) {
          const next = own.slice(index + 1).filter((one) => one.key === key);
          for (const one of next)
            if (one.timeMs === timeMs) expect(at(one.value)).toBeGreaterThan(at(value));
        }
      }
    }),
  );
});
