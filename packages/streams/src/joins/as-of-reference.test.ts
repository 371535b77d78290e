import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryRun } from '../testing/arbitrary-run.ts';
import {
  type OperatorRun,
  type OriginRecord,
  runOperator,
  textsOf,
} from '../testing/run-operator.ts';
import { createOriginClock } from '../watermarks/origin-clock.ts';
import { streamTableJoinAsOfOperator } from './stream-table-join-as-of.ts';

/** As tables are: the changes of one key lie in one partition, and some take the row away. */
const asTable = (records: readonly OriginRecord[], partition: number): readonly OriginRecord[] =>
  records.map((record, at) => ({
    ...record,
    key: 'ab'[partition]!,
    value: at % 4 === 3 ? null : record.value,
  }));

const run = arbitraryRun.map(({ inputs: [records, table], ...rest }) => ({
  ...rest,
  inputs: [records!, table!.map(asTable)],
}));

const kinds = fc.constantFrom('inner' as const, 'left' as const);
const graces = fc.constantFrom(0, 3, 30);

const judged = (records: readonly OriginRecord[], disorderMs: number) => {
  const clock = createOriginClock(disorderMs);
  return records.map((record) => ({ ...record, watermarkMs: clock.see(record.timeMs) }));
};

/** The row of each record by a walk over all changes of its key. */
const joinByHand = (
  kind: 'inner' | 'left',
  graceMs: number,
  { inputs: [streams, tables], disorderMs }: OperatorRun,
) => {
  const changes = tables!
    .flatMap((records) => judged(records, disorderMs))
    .map((change) => ({
      ...change,
      countsFromMs: Math.max(change.timeMs, change.watermarkMs - graceMs + 1),
    }))
    .toSorted((one, other) => one.countsFromMs - other.countsFromMs);
  const rowOf = ({ key, timeMs }: OriginRecord) => {
    let row: OriginRecord | undefined;
    for (const change of changes) {
      if (change.key !== key || change.countsFromMs > timeMs) continue;
      if (row === undefined || row.timeMs <= change.timeMs)
        row = change.value === null ? undefined : change;
    }
    return row?.value ?? null;
  };
  const results = streams!
    .flatMap((records) => judged(records, disorderMs))
    .filter(({ timeMs, watermarkMs }) => watermarkMs <= timeMs + graceMs)
    .map((record) => ({ ...record, value: [record.value, rowOf(record)] }))
    .filter(({ value: [, row] }) => kind === 'left' || row !== null);
  return textsOf(results).toSorted();
};

test('a record is joined with the row of its time, however stream and table interleave and state is reopened', () => {
  fc.assert(
    fc.property(kinds, graces, run, (kind, graceMs, run) => {
      const combine = (value: unknown, row: unknown) => [value, row];
      const join = streamTableJoinAsOfOperator({ kind, graceMs, combine });
      const { emitted, brokeItsWatermark } = runOperator(join, run);
      expect(textsOf(emitted).toSorted()).toEqual(joinByHand(kind, graceMs, run));
      expect(brokeItsWatermark).toBe(false);
    }),
    { numRuns: 300 },
  );
});
