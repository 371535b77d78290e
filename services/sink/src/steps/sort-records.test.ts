import { frame } from '@millrace/avro';
import { type ConsumedRecord, recordRows } from '@millrace/kafka';
import { expect, test } from 'vitest';
import type { Landing, Unfit } from '../tables/landing.ts';
import { type SortingRules, sortRecords } from './sort-records.ts';

const landing = (schemaId: number): Landing => ({
  ...{ kind: 'landing', schemaId, statement: '', probeStatement: '' },
  isDatum: (_bytes, start, end) => end - start === 6,
  body: () => ({ bytes: 0, pieces: () => [] }),
});
const fit = landing(1);
const other = landing(2);
const unfit: Unfit = { kind: 'unfit', schemaId: 3, code: 'sink.schema-unfit', reason: 'unit' };
const verdicts = new Map<number, Landing | Unfit>([
  [1, fit],
  [2, other],
  [3, unfit],
]);
const facts: SortingRules = {
  role: 'fact',
  takesDeletions: false,
  verdict: (schemaId) => verdicts.get(schemaId),
  deadSchemas: [],
  deadOffsets: [],
};

const sort = (records: readonly ConsumedRecord[], rules: SortingRules) =>
  sortRecords(recordRows(records), rules);
const record = (offset: number, value: Buffer | null): ConsumedRecord => ({
  ...{ offset, timestampMs: 0, key: null, value, headers: {} },
});
const datum = (offset: number, schemaId: number) =>
  record(offset, frame(schemaId, Buffer.from([7])));

test('records are grouped by writer schema, in offset order', () => {
  const sorted = sort([datum(0, 1), datum(1, 2), datum(2, 1), datum(3, 1)], facts);
  expect(sorted).toMatchObject({ dead: [], skipped: 0 });
  const groups = 'groups' in sorted ? sorted.groups : [];
  expect(groups.map(({ landing: used, records }) => [used, records.offsets()])).toEqual([
    [fit, [0, 2, 3]],
    [other, [1]],
  ]);
});

test('each kind of bad record is dead with its own code', () => {
  const records = [
    record(0, null),
    record(1, Buffer.from('json')),
    record(2, frame(1, Buffer.from('too long'))),
    datum(3, 3),
    datum(4, 1),
  ];
  const sorted = sort(records, { ...facts, deadOffsets: [4] });
  expect('dead' in sorted && sorted.dead.map((one) => one.code)).toEqual([
    'sink.record-empty',
    'sink.record-unframed',
    'sink.record-undecodable',
    'sink.schema-unfit',
    'sink.record-refused',
  ]);
});

test('a tombstone of a dimension is skipped and not dead', () => {
  const sorted = sort([record(0, null)], { ...facts, role: 'dimension' });
  expect(sorted).toEqual({ groups: [], dead: [], skipped: 1 });
});

test('schemas without a verdict stop the sorting, and the rows before them are counted', () => {
  const records = [datum(0, 1), datum(1, 8), datum(2, 9), datum(3, 8)];
  expect(sort(records, facts)).toEqual({ unresolved: [8, 9], resolvedRows: 1 });
});

test('a schema that the claim gave up is dead whatever the registry says now', () => {
  const sorted = sort([datum(0, 1)], { ...facts, deadSchemas: [1] });
  expect('dead' in sorted && sorted.dead).toMatchObject([{ code: 'registry.unknown-schema' }]);
});
