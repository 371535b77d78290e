import type { DescribedTable } from '@millrace/clickhouse';
import {
  type AvroRecord,
  columnType,
  parseAvroSchema,
  type WarehouseContract,
} from '@millrace/contracts';
import { recordRows } from '@millrace/kafka';
import { expect, test } from 'vitest';
import { compileDeletions, takesDeletions } from './deletions.ts';
import { timedFields } from './landing.ts';

const SYNC_BYTES = 16;
const time = { type: 'long', logicalType: 'timestamp-millis' };
const record = parseAvroSchema({
  type: 'record',
  name: 'r',
  fields: [
    { name: 'kind', type: { type: 'enum', name: 'kind', symbols: ['A', 'B'] } },
    { name: 'at', type: time },
    { name: 'is_late', type: 'boolean' },
    { name: 'total', type: 'long' },
    { name: 'seen_at', type: time },
  ],
}) as AvroRecord;
const columns = record.fields.map(({ name, type }) => ({ name, type: columnType(type) }));
const contractOf = (warehouse: object = {}) =>
  ({
    record,
    key: ['kind', 'at', 'is_late'],
    warehouse: { role: 'aggregate', table: 't', columns, ...warehouse },
  }) as unknown as WarehouseContract;
const table = {
  columns: [
    ...columns,
    ...timedFields.map(({ name }) => ({ name, type: 'Int64' })),
    { name: '_is_deleted', type: 'UInt8' },
  ],
} as unknown as DescribedTable;

test('a row with nothing but the key is written, as deleted', () => {
  const { statement, body } = compileDeletions(contractOf(), table);
  expect(statement).toContain('(`kind`, `at`, `is_late`, `_partition`, `_offset`');
  expect(statement).toMatch(/, `_is_deleted`\) SELECT .*, 1 FROM input\(/);
  const key = Buffer.from('A|1700000000000|true');
  const records = recordRows([{ offset: 7, timestampMs: 9, key, value: null, headers: {} }]);
  const whole = Buffer.concat([...body(records, 1, 5).pieces()]);
  const datum = whole.subarray(0, -SYNC_BYTES).toString('hex');
  // the text A, the time, true; partition 1, offset 7, time 9, incarnation 5
  expect(datum.endsWith('0241' + '80a0abfef962' + '01' + '02' + '0e' + '12' + '0a')).toBe(true);
});

test.each([
  ['A|1700000000000|true', undefined],
  ['A|-5|false', undefined],
  ['A|1700000000000', /not of kind, at, is_late/],
  ['A|yesterday|true', /at/],
  ['A|1|maybe', /is_late/],
  [null, /not of kind/],
])('of the key %s is told whether it names a row', (text, fault) => {
  const { keyFault } = compileDeletions(contractOf(), table);
  const answer = keyFault(text === null ? null : Buffer.from(text));
  if (fault === undefined) expect(answer).toBeUndefined();
  else expect(answer).toMatch(fault);
});

test('no row is taken away where a column that is not of the key decides which row counts, or which expires', () => {
  expect(takesDeletions(contractOf())).toBe(true);
  expect(takesDeletions(contractOf({ ttl: 'toDateTime(at) + INTERVAL 1 DAY' }))).toBe(true);
  expect(takesDeletions(contractOf({ ttl: 'toDateTime(seen_at) + INTERVAL 1 DAY' }))).toBe(false);
  expect(takesDeletions(contractOf({ versionBy: 'total' }))).toBe(false);
  expect(takesDeletions(contractOf({ role: 'fact' }))).toBe(false);
});

test('a table that does not have the column yet is to be applied first', () => {
  const before = {
    ...table,
    columns: table.columns.filter(({ name }) => name !== '_is_deleted'),
  };
  expect(() => compileDeletions(contractOf(), before)).toThrow(
    expect.objectContaining({ code: 'sink.table-unfit' }),
  );
});
