import { describe, expect, test } from 'vitest';
import { parseAvroSchema } from '../avro/parse-schema.ts';
import type { AvroRecord } from '../avro-schema.ts';
import { columnType } from './column-type.ts';
import { columnDefault } from './default-expression.ts';

const of = (type: unknown, value?: unknown, column?: string) => {
  const field = { name: 'x', type, ...(value === undefined ? {} : { default: value }) };
  const record = parseAvroSchema({ type: 'record', name: 'r', fields: [field] }) as AvroRecord;
  const only = record.fields[0]!;
  return columnDefault(only, column ?? columnType(only.type));
};

const written: readonly (readonly [unknown, unknown, string])[] = [
  ['int', 5, '5'],
  ['double', -1.5, '-1.5'],
  ['double', 1e308, '1e308'],
  ['boolean', true, 'true'],
  ['string', "it's", "'it\\'s'"],
  [{ type: 'enum', name: 'e', symbols: ['A', 'B'] }, 'B', "'B'"],
  [
    { type: 'long', logicalType: 'timestamp-millis' },
    1000,
    "fromUnixTimestamp64Milli(1000, 'UTC')",
  ],
  [
    { type: 'long', logicalType: 'timestamp-micros' },
    1000,
    "fromUnixTimestamp64Micro(1000, 'UTC')",
  ],
  [['int', 'null'], 0, '0'],
  [['string', 'null'], '', "''"],
  [['boolean', 'null'], false, 'false'],
  [['int', 'null'], 3, '3'],
];

describe('the default of a column', () => {
  test.each(written)('%j with default %j is %s', (type, value, expression) => {
    expect(of(type, value)).toEqual({ kind: 'expression', expression });
  });

  test('of a time in a column of integers is the number that Avro stores', () => {
    const millis = { type: 'long', logicalType: 'timestamp-millis' };
    expect(of(millis, 1000, 'Int64')).toEqual({ kind: 'expression', expression: '1000' });
  });

  test.each([
    ['int', 0],
    ['string', ''],
    ['boolean', false],
    [['null', 'int'], null],
    [{ type: 'array', items: 'int' }, []],
    [{ type: 'map', values: 'int' }, {}],
    ['int', undefined],
  ])('%j with default %j is the type’s own', (type, value) => {
    expect(of(type, value)).toEqual({ kind: 'none' });
  });

  test.each([
    [{ type: 'array', items: 'int' }, [1]],
    ['bytes', 'a'],
    [{ type: 'int', logicalType: 'date' }, 1],
    [{ type: 'record', name: 'i', fields: [{ name: 'y', type: 'int', default: 1 }] }, {}],
  ])('%j with default %j cannot be written', (type, value) => {
    expect(of(type, value)).toEqual({ kind: 'inexpressible' });
  });
});
