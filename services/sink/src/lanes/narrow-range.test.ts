import { type Claim, claimText } from '@millrace/contracts';
import { type ConsumedRecord, recordRows } from '@millrace/kafka';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Landing } from '../tables/landing.ts';
import { narrowRange } from './narrow-range.ts';
import type { SortedRange } from './range.ts';

const landing: Landing = {
  ...{ kind: 'landing', schemaId: 1, statement: '', probeStatement: '' },
  isDatum: () => true,
  body: () => ({ bytes: 0, pieces: () => [] }),
};
const record = (offset: number): ConsumedRecord => ({
  ...{ offset, timestampMs: 0, key: null, value: Buffer.from([1]), headers: {} },
});
const claimOf = (from: number, to: number): Claim => ({
  ...{ from, to, atMs: 0, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
});
const rangeOf = (from: number, to: number): SortedRange => ({
  groups: [
    {
      landing,
      records: recordRows(Array.from({ length: to - from + 1 }, (_, row) => record(from + row))),
    },
  ],
  dead: [],
  skipped: 0,
});
const offsetsIn = ({ groups, dead }: SortedRange) => ({
  landing: groups.flatMap((group) => group.records.offsets()),
  dead: dead.map((one) => one.record.offset),
});

test('a few refused records are named, and the rest of the claim stays', () => {
  const refused = { offsets: [12, 13] };
  const { claim, range } = narrowRange(claimOf(10, 15), rangeOf(10, 15), refused, 'why', true);
  expect(claim).toMatchObject({ from: 10, to: 15, deadOffsets: [12, 13], transactional: true });
  expect(offsetsIn(range)).toEqual({ landing: [10, 11, 14, 15], dead: [12, 13] });
});

test('every other record refused: the claim is cut until it fits, and nothing is lost or told twice', () => {
  const cases = fc.record({ from: fc.nat(1_000_000), count: fc.integer({ min: 1, max: 8_000 }) });
  fc.assert(
    fc.property(cases, ({ from, count }) => {
      const to = from + count - 1;
      const offsets = Array.from({ length: Math.ceil(count / 2) }, (_, index) => from + 2 * index);
      const { claim, range } = narrowRange(
        claimOf(from, to),
        rangeOf(from, to),
        { offsets },
        '',
        true,
      );
      expect(claimText(claim).length).toBeLessThanOrEqual(4_096);
      const left = offsetsIn(range);
      expect([...left.landing, ...left.dead].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: claim.to - from + 1 }, (_, index) => from + index),
      );
      expect(left.dead).toEqual(claim.deadOffsets);
      if (claim.to < to) expect(claim.deadOffsets.length).toBeGreaterThan(300);
    }),
    { numRuns: 30 },
  );
});

test('a search that ended early cuts the claim there', () => {
  const found = { offsets: [10, 11], searchedTo: 12 };
  const { claim, range } = narrowRange(claimOf(10, 20), rangeOf(10, 20), found, '', true);
  expect(claim).toMatchObject({ from: 10, to: 12, deadOffsets: [10, 11] });
  expect(offsetsIn(range)).toEqual({ landing: [12], dead: [10, 11] });
});

test('a claim of which something may have landed is not cut', () => {
  const offsets = Array.from({ length: 4_000 }, (_, index) => 2 * index);
  expect(() => narrowRange(claimOf(0, 8_000), rangeOf(0, 8_000), { offsets }, '', false)).toThrow(
    'refused',
  );
});
