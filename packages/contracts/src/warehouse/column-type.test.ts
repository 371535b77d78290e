import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAvroSchema } from '../avro/parse-schema.ts';
import type { AvroRecord } from '../avro-schema.ts';
import { schemaDocument } from '../testing/schema-arbitrary.ts';
import { checkColumn } from './check-column.ts';
import { columnType } from './column-type.ts';

const enumOf = { type: 'enum', name: 'e', symbols: ['A'] };
const recordOf = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'a', type: 'int' },
    { name: 'b', type: ['null', 'string'] },
  ],
};
const logical = (type: string, logicalType: string, rest: object = {}) => ({
  type,
  logicalType,
  ...rest,
});

/** What ClickHouse makes of these is proved in the command line's column-safety.stack.test.ts. */
const derived: readonly (readonly [unknown, string])[] = [
  ['boolean', 'Bool'],
  ['int', 'Int32'],
  ['long', 'Int64'],
  ['float', 'Float32'],
  ['double', 'Float64'],
  ['bytes', 'String'],
  ['string', 'String'],
  [{ type: 'fixed', name: 'f', size: 4 }, 'FixedString(4)'],
  [enumOf, 'LowCardinality(String)'],
  [logical('int', 'date'), 'Date32'],
  [logical('int', 'time-millis'), 'Int32'],
  [logical('long', 'time-micros'), 'Int64'],
  [logical('long', 'timestamp-millis'), "DateTime64(3, 'UTC')"],
  [logical('long', 'timestamp-micros'), "DateTime64(6, 'UTC')"],
  [logical('long', 'local-timestamp-millis'), "DateTime64(3, 'UTC')"],
  [logical('string', 'uuid'), 'UUID'],
  [logical('fixed', 'uuid', { name: 'u', size: 16 }), 'FixedString(16)'],
  [logical('bytes', 'decimal', { precision: 12, scale: 2 }), 'Decimal(12, 2)'],
  [logical('fixed', 'decimal', { name: 'd', size: 16, precision: 19 }), 'Decimal(19, 0)'],
  [['null', 'long'], 'Nullable(Int64)'],
  [['long', 'null'], 'Nullable(Int64)'],
  [['long'], 'Int64'],
  [['null', enumOf], 'LowCardinality(Nullable(String))'],
  [{ type: 'array', items: ['null', 'int'] }, 'Array(Nullable(Int32))'],
  [{ type: 'map', values: 'double' }, 'Map(String, Float64)'],
  [recordOf, 'Tuple(a Int32, b Nullable(String))'],
  [{ type: 'array', items: recordOf }, 'Array(Tuple(a Int32, b Nullable(String)))'],
];

const refused: readonly (readonly [unknown, RegExp])[] = [
  ['null', /null-only/],
  [['int', 'string'], /union-of-several/],
  [['null', { type: 'array', items: 'int' }], /null-lost/],
  [['null', { type: 'map', values: 'int' }], /null-lost/],
  [['null', recordOf], /null-lost/],
  [{ type: 'record', name: 'r', fields: [] }, /record-empty/],
  [logical('bytes', 'decimal', { precision: 77 }), /decimal-too-wide/],
  [
    logical('fixed', 'decimal', { name: 'd', size: 5, precision: 9 }),
    /at most 4 bytes.*too-many-b/,
  ],
  [logical('fixed', 'decimal', { name: 'd', size: 16, precision: 18 }), /at most 8 bytes/],
  [logical('fixed', 'decimal', { name: 'd', size: 17, precision: 38 }), /at most 16 bytes/],
];

describe('the column type of an Avro node', () => {
  test.each(derived)('%j is %s, and the check agrees', (document, expected) => {
    const node = parseAvroSchema(document);
    expect(columnType(node)).toBe(expected);
    expect(checkColumn(node, expected)).toBeUndefined();
  });

  test.each(refused)('%j is refused', (document, rule) => {
    expect(() => columnType(parseAvroSchema(document))).toThrow(rule);
  });

  test('is always one that the check accepts, whatever the schema', () => {
    fc.assert(
      fc.property(schemaDocument, (document) => {
        const record = parseAvroSchema(document) as AvroRecord;
        for (const { type } of record.fields) {
          expect(checkColumn(type, columnType(type))).toBeUndefined();
        }
      }),
    );
  });
});

describe('a column type that a person gives', () => {
  const millis = parseAvroSchema(logical('long', 'timestamp-millis'));

  test('may be spelt in any way', () => {
    expect(checkColumn(millis, "DateTime64( 3,'UTC' )")).toBeUndefined();
    const decimal = parseAvroSchema(logical('bytes', 'decimal', { precision: 18, scale: 2 }));
    expect(checkColumn(decimal, 'Decimal64(2)')).toBeUndefined();
  });

  test.each([
    ['DateTime64(6)', 'unit-changed'],
    ['DateTime', 'unit-changed'],
    ['Int32', 'range-narrowed'],
    ['LowCardinality(Int64)', 'low-cardinality-type'],
    ['String', 'type-mismatch'],
    ['DateTime64(3', 'type-unreadable'],
    ['', 'type-unreadable'],
  ])('%s for milliseconds is refused by %s', (type, rule) => {
    expect(checkColumn(millis, type)).toMatchObject({ rule });
  });

  test('of a nested record must have its fields in order', () => {
    const record = parseAvroSchema(recordOf);
    expect(checkColumn(record, 'Tuple(b Nullable(String), a Int32)')).toMatchObject({
      rule: 'record-shape',
    });
    expect(checkColumn(record, 'Tuple(a Int16, b Nullable(String))')).toMatchObject({
      rule: 'range-narrowed',
      message: expect.stringMatching(/^a: /),
    });
  });
});
