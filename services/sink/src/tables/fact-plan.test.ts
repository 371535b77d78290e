import type { DescribedTable } from '@millrace/clickhouse';
import {
  type AvroRecord,
  columnType,
  parseAvroSchema,
  type WarehouseContract,
} from '@millrace/contracts';
import { expect, test } from 'vitest';
import { planFact } from './fact-plan.ts';

const schema = (fields: readonly object[]) =>
  parseAvroSchema({
    type: 'record',
    name: 'r',
    fields: [{ name: 'id', type: 'string' }, ...fields],
  });

/** What a record of before a field is landed with, where the field's column has this DEFAULT, or none. */
const filledWith = (type: unknown, value: unknown, defaultExpression?: string): string => {
  const record = schema([{ name: 'x', type, default: value }]) as AvroRecord;
  const columns = record.fields.map((field) => ({
    name: field.name,
    type: columnType(field.type),
    ...(field.name === 'x' && defaultExpression !== undefined && { defaultExpression }),
  }));
  const contract = { record, warehouse: { role: 'fact', table: 't', columns } };
  const own = ['_partition', '_offset', '_produced_at', '_incarnation'];
  const table = { columns: [...columns, ...own.map((name) => ({ name, type: 'Int64' }))] };
  const verdict = planFact(
    contract as unknown as WarehouseContract,
    table as unknown as DescribedTable,
    schema([]) as AvroRecord,
  );
  return verdict.ok ? verdict.plan.source : verdict.reason;
};

test.each([
  [
    { type: 'long', logicalType: 'timestamp-millis' },
    1000,
    "fromUnixTimestamp64Milli(1000, 'UTC')",
  ],
  [{ type: 'long', logicalType: 'timestamp-micros' }, 7, "fromUnixTimestamp64Micro(7, 'UTC')"],
  [{ type: 'int', logicalType: 'time-millis' }, 5, '5'],
  [
    { type: 'string', logicalType: 'uuid' },
    '00112233-4455-6677-8899-aabbccddeeff',
    "toUUID('00112233-4455-6677-8899-aabbccddeeff')",
  ],
  [[{ type: 'long', logicalType: 'timestamp-millis' }, 'null'], 0, '0'],
  [{ type: 'enum', name: 'e', symbols: ['A', 'B'] }, 'B', "'B'"],
  ['string', "it's", "'it\\'s'"],
])('a record from before the field %j shows its default %j', (type, value, expression) => {
  expect(filledWith(type, value, expression)).toContain(
    `SELECT \`id\`, ${expression}, \`_partition\``,
  );
});

test('the zero of the type needs no expression', () => {
  const millis = { type: 'long', logicalType: 'timestamp-millis' };
  expect(filledWith(['null', millis], null)).toBe('FORMAT Avro');
  expect(filledWith(millis, 0)).toBe('FORMAT Avro');
});

test('a field under another name is read under the one that the record has', () => {
  const record = parseAvroSchema({
    ...{ type: 'record', name: 'r' },
    fields: [{ name: 'size', type: ['null', 'int'], default: null, aliases: ['lenght', 'length'] }],
  }) as AvroRecord;
  const columns = [{ name: 'size', type: 'Nullable(Int32)' }];
  const own = ['_partition', '_offset', '_produced_at', '_incarnation'];
  const sourceFrom = (...names: readonly string[]) => {
    const fields = names.map((name) => ({ name, type: ['null', 'int'] }));
    const verdict = planFact(
      {
        record,
        warehouse: { role: 'fact', table: 't', columns },
      } as unknown as WarehouseContract,
      {
        columns: [...columns, ...own.map((name) => ({ name, type: 'Int64' }))],
      } as unknown as DescribedTable,
      parseAvroSchema({ type: 'record', name: 'r', fields }) as AvroRecord,
    );
    return verdict.ok ? verdict.plan.source : verdict.reason;
  };
  expect(sourceFrom('length')).toContain('SELECT `length`, `_partition`');
  expect(sourceFrom('length')).toContain('`length` Nullable(Int32)');
  expect(sourceFrom('length', 'size')).toBe('FORMAT Avro');
  expect(sourceFrom('width')).toBe('FORMAT Avro');
});
