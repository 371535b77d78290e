import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryRun } from '../testing/arbitrary-run.ts';
import { type OperatorRun, runOperator, textsOf } from '../testing/run-operator.ts';
import { createOriginClock } from '../watermarks/origin-clock.ts';
import { type StreamJoin, streamJoinOperator } from './stream-join.ts';

type Join = StreamJoin<unknown, unknown, unknown>;

const join: fc.Arbitrary<Join> = fc.record({
  kind: fc.constantFrom('inner' as const, 'left' as const, 'outer' as const),
  reach: fc.record({
    beforeMs: fc.integer({ min: 0, max: 40 }),
    afterMs: fc.integer({ min: 0, max: 40 }),
    graceMs: fc.constantFrom(0, 4, 30),
  }),
  combine: fc.constant((left: unknown, right: unknown) => [left, right]),
});

/** The cross product, filtered: every record knows its own watermark, and nothing else is asked. */
const joinByHand = ({ kind, reach }: Join, { inputs, disorderMs }: OperatorRun) => {
  const { beforeMs, afterMs, graceMs } = reach;
  const open = [afterMs + graceMs, beforeMs + graceMs] as const;
  const [lefts, rights] = inputs.map((partitions, port) =>
    partitions
      .flatMap((records) => {
        const clock = createOriginClock(disorderMs);
        return records.map((record) => ({
          ...record,
          watermarkMs: clock.see(record.timeMs),
          closesMs: record.timeMs + open[port]!,
          matched: false,
        }));
      })
      .filter(({ watermarkMs, closesMs }) => watermarkMs <= closesMs),
  );
  const results: unknown[] = [];
  for (const left of lefts!) {
    for (const right of rights!) {
      if (left.key !== right.key) continue;
      if (right.timeMs < left.timeMs - beforeMs || right.timeMs > left.timeMs + afterMs) continue;
      if (left.watermarkMs > right.closesMs || right.watermarkMs > left.closesMs) continue;
      left.matched = true;
      right.matched = true;
      const timeMs = Math.max(left.timeMs, right.timeMs);
      results.push({ key: left.key, value: [left.value, right.value], timeMs });
    }
  }
  const alone = (records: typeof lefts, of: (value: unknown) => unknown) => {
    for (const { key, value, timeMs, matched } of records!)
      if (!matched) results.push({ key, value: of(value), timeMs });
  };
  if (kind !== 'inner') alone(lefts, (value) => [value, null]);
  if (kind === 'outer') alone(rights, (value) => [null, value]);
  return textsOf(results as never).toSorted();
};

test('a join hands on what the filtered cross product has, however partitions interleave and state is reopened', () => {
  fc.assert(
    fc.property(join, arbitraryRun, (join, run) => {
      const { emitted, entriesLeft } = runOperator(streamJoinOperator(join), run);
      expect(textsOf(emitted).toSorted()).toEqual(joinByHand(join, run));
      expect(entriesLeft).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test('records without a partner leave in the same order, however partitions interleave', () => {
  const aloneOf = (join: Join, run: OperatorRun) =>
    textsOf(runOperator(streamJoinOperator(join), run).emitted).filter((text) =>
      text.includes('null'),
    );
  fc.assert(
    fc.property(join, arbitraryRun, (join, { otherSteps, ...run }) => {
      expect(aloneOf(join, run)).toEqual(aloneOf(join, { ...run, steps: otherSteps }));
    }),
  );
});

test('no result is on time by its own watermark where the next operator has closed its time', () => {
  fc.assert(
    fc.property(join, arbitraryRun, (join, run) => {
      expect(runOperator(streamJoinOperator(join), run).brokeItsWatermark).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('a record that waits for the end of its slice is on time for what follows', () => {
  const at = (key: string, timeMs: number) => ({ key, timeMs, value: key });
  const combine = (left: unknown, right: unknown) => [left, right];
  const reach = { beforeMs: 0, afterMs: 32, graceMs: 0 };
  const { emitted, brokeItsWatermark } = runOperator(
    streamJoinOperator({ kind: 'left', reach, combine }),
    { inputs: [[[at('a', 10), at('z', 43)]], [[at('z', 43)]]], disorderMs: 0, steps: [1] },
  );
  expect(textsOf(emitted)).toEqual(['z: ["z","z"] @43', 'a: ["a",null] @10']);
  expect(brokeItsWatermark).toBe(false);
});
