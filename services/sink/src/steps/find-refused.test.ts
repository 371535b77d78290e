/** The search alone; that ClickHouse refuses what it is said to refuse here is in facts.stack.test.ts. */
import type { Container } from '@millrace/avro';
import { MillraceError } from '@millrace/contracts';
import { type ConsumedRecord, recordRows } from '@millrace/kafka';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RangeGroup } from '../lanes/range.ts';
import { createFindRefusedStep } from './find-refused.ts';

const identity = { topic: 't', partition: 0, term: 1 };

const refusal = (fault: 'data' | 'statement', rowNumber?: number): MillraceError =>
  new MillraceError('clickhouse.rejected', 'refused', {
    cause: {
      ...{ kind: 'clickhouse-rejection', serverCode: 376, serverType: 'CANNOT_PARSE_UUID', fault },
      ...(rowNumber === undefined ? {} : { rowNumber }),
    },
  });

const records = (count: number): ConsumedRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{ offset: 100 + index, timestampMs: 0, key: null, value: Buffer.from([index]), headers: {} },
  }));

/** A landing whose body is the records' values, and a probe that refuses bodies with one of `bad`. */
function search(count: number, bad: readonly number[]) {
  let probes = 0;
  const group: RangeGroup = {
    records: recordRows(records(count)),
    landing: {
      ...{ kind: 'landing', schemaId: 1, statement: '', probeStatement: '', isDatum: () => true },
      body: (rows) => {
        const values = Buffer.concat(Array.from(rows, (row) => row.value!));
        return { bytes: values.length, pieces: () => [values] };
      },
    },
  };
  const findRefused = createFindRefusedStep({
    insert: async ({ body }) => {
      probes += 1;
      const [values] = (body as Container).pieces();
      if (bad.some((index) => values!.includes(index))) throw refusal('data');
    },
  });
  return { group, findRefused, probes: () => probes };
}

test('every refused record is found and no other, wherever they stand', async () => {
  const cases = fc.record({
    count: fc.integer({ min: 1, max: 60 }),
    bad: fc.uniqueArray(fc.nat(59), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ count, bad }) => {
      const within = bad.filter((index) => index < count).sort((a, b) => a - b);
      const { group, findRefused } = search(count, within);
      const found = await findRefused(identity, group, refusal('data'));
      expect(found).toEqual({ offsets: within.map((index) => 100 + index) });
    }),
    { numRuns: 200 },
  );
});

test('the row that the server names costs three questions and no search', async () => {
  const { group, findRefused, probes } = search(200, [150]);
  expect(await findRefused(identity, group, refusal('data', 151))).toEqual({ offsets: [250] });
  // of no record at all, of the named one, of all others
  expect(probes()).toBe(3);
});

test('when the probe takes everything, no record is to blame', async () => {
  const { group, findRefused } = search(10, []);
  expect(await findRefused(identity, group, refusal('statement'))).toEqual({ offsets: [] });
});

test('when the probe is refused without any record, no record is to blame, whatever the server said', async () => {
  const { group } = search(10, []);
  const findRefused = createFindRefusedStep({ insert: () => Promise.reject(refusal('statement')) });
  expect(await findRefused(identity, group, refusal('data', 3))).toEqual({ offsets: [] });
});
