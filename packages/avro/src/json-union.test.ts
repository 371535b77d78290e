import { type AvroRecord, parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { compileReader } from './compiled-codec.ts';
import { compileJsonEncoder } from './json-encoder.ts';
import { FRAME_HEADER_BYTES } from './wire-format.ts';

const first = { type: 'record', name: 'First', fields: [{ name: 'x', type: 'int' }] };
const second = { type: 'record', name: 'Second', fields: [{ name: 'x', type: 'int' }] };
const timestamp = { type: 'long', logicalType: 'timestamp-millis' };

/** What avsc reads of a union value, or the problem. */
const union = (branches: readonly unknown[], value: unknown): unknown => {
  const schema = {
    type: 'record',
    name: 'R',
    namespace: 'n',
    fields: [{ name: 'a', type: branches }],
  };
  const encoder = compileJsonEncoder(parseAvroSchema(schema) as AvroRecord, { schemaId: 1 });
  const encoding = encoder.encode({ a: value });
  if (!encoding.ok) return encoding.problems[0]?.message;
  const read = compileReader(JSON.stringify(schema));
  return (read(encoding.datum.subarray(FRAME_HEADER_BYTES)) as { a: unknown }).a;
};

test('null or one type: the plain value or null', () => {
  expect(union(['null', 'string'], null)).toBeNull();
  expect(union(['null', 'string'], 'x')).toBe('x');
  expect(union([timestamp, 'null'], '1970-01-01T00:00:01Z')).toBe(1000);
  expect(union(['null', first], { x: 1 })).toEqual({ x: 1 });
  expect(union(['null', { type: 'map', values: 'int' }], { string: 1 })).toEqual({ string: 1 });
});

test('null or one type: a wrong value is told in the terms of that type', () => {
  expect(union(['null', 'int'], 'x')).toBe('/a: expected an int, got the string "x"');
});

test('several types that JSON tells apart: the plain value', () => {
  const types = ['null', 'boolean', 'long', 'string', { type: 'array', items: 'int' }, first];
  for (const value of [null, true, 5, 'x', [1], { x: 1 }]) {
    expect(union(types, value)).toEqual(value);
  }
});

test('several types that JSON does not tell apart: the branch is named', () => {
  expect(union(['int', 'double'], { double: 1.5 })).toEqual({ double: 1.5 });
  expect(union([first, second], { 'n.Second': { x: 1 } })).toEqual({ 'n.Second': { x: 1 } });
  expect(union([first, second], { Second: { x: 1 } })).toEqual({ 'n.Second': { x: 1 } });
  expect(union(['int', 'double'], 1)).toBe(
    '/a: the number 1 fits several branches; write {"branch": value} with one of int, double',
  );
  expect(union([first, second], { x: 1 })).toContain('one of n.First, n.Second');
});

test('a problem inside a named branch has the branch in its path', () => {
  expect(union([first, second], { Second: { x: 'y' } })).toBe(
    '/a/Second/x: expected an int, got the string "y"',
  );
});

test('a value that fits no branch names them all', () => {
  expect(union(['int', 'string'], true)).toBe(
    '/a: true fits no branch; expected one of int, string',
  );
});
