import { expect, test } from 'vitest';
import { keyTextFor } from './key-text.ts';

const keyText = (type: unknown, avro: readonly number[]): string => {
  const schema = { type: 'record', name: 'Key', fields: [{ name: 'id', type }] };
  return String(keyTextFor(JSON.stringify(schema))(Buffer.from(avro)));
};
const text = (value: string): readonly number[] => [2 * value.length, ...Buffer.from(value)];
const double = (value: number): readonly number[] => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [...bytes];
};
const decimal = (scale: number) => ({ type: 'bytes', logicalType: 'decimal', precision: 9, scale });

test('numbers, text and null are JSON', () => {
  expect(keyText('int', [3])).toBe('{"id":-2}');
  expect(keyText(['null', 'string'], [0])).toBe('{"id":null}');
  expect(keyText('string', text('a "b" \\'))).toBe(String.raw`{"id":"a \"b\" \\"}`);
  expect(keyText('bytes', [4, 0, 255])).toBe('{"id":"AP8="}');
  expect(keyText({ type: 'array', items: ['null', 'int'] }, [4, 2, 2, 0, 0])).toBe(
    '{"id":[1,null]}',
  );
});

test('a decimal has its digits, with an exponent where Java writes one', () => {
  expect(keyText(decimal(2), [4, 0x04, 0xd2])).toBe('{"id":12.34}');
  expect(keyText(decimal(2), [2, 0xff])).toBe('{"id":-0.01}');
  expect(keyText(decimal(8), [2, 0xf4])).toBe('{"id":-1.2E-7}');
  expect(keyText(decimal(-2), [2, 123])).toBe('{"id":1.23E+4}');
  expect(keyText(decimal(0), [2, 0])).toBe('{"id":0}');
});

test('floating numbers are as Java writes them', () => {
  expect(keyText('double', double(1))).toBe('{"id":1.0}');
  expect(keyText('double', double(1e21))).toBe('{"id":1.0E21}');
  expect(keyText('double', double(-0.0001))).toBe('{"id":-1.0E-4}');
  expect(keyText('float', [0xcd, 0xcc, 0x8c, 0x3f])).toBe('{"id":1.1}');
});

test('Kafka Connect’s dates are a day, a time of the first day, or both', () => {
  const millis = { type: 'long', logicalType: 'timestamp-millis' };
  expect(keyText({ type: 'int', logicalType: 'date' }, [4])).toBe('{"id":1970-01-03}');
  expect(keyText({ type: 'int', logicalType: 'time-millis' }, [2])).toBe('{"id":00:00:00.001Z}');
  expect(keyText(millis, [0x80, 0x9c, 0x9a, 0xd2, 0x05])).toMatch(/^\{"id":1970-01-\d\dT.*Z\}$/);
});
