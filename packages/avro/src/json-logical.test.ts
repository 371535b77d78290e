import { type AvroRecord, parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { compileReader } from './compiled-codec.ts';
import { compileJsonEncoder } from './json-encoder.ts';
import { FRAME_HEADER_BYTES } from './wire-format.ts';

/** The stored value of one field, or `rule message` of its problem. */
const stored = (type: unknown, value: unknown): unknown => {
  const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type }] };
  const encoder = compileJsonEncoder(parseAvroSchema(schema) as AvroRecord, { schemaId: 1 });
  const encoding = encoder.encode({ a: value });
  if (!encoding.ok) return encoding.problems.map(({ rule, message }) => `${rule} ${message}`)[0];
  const read = compileReader(JSON.stringify(schema));
  return (read(encoding.datum.subarray(FRAME_HEADER_BYTES)) as { a: unknown }).a;
};

const logical = (type: string, logicalType: string) => ({ type, logicalType });
const millis = logical('long', 'timestamp-millis');
const micros = logical('long', 'timestamp-micros');
const localMillis = logical('long', 'local-timestamp-millis');

test('a timestamp is RFC 3339 text with an offset, or the integer in its unit', () => {
  expect(stored(millis, '2001-01-14T21:55:00.5Z')).toBe(Date.UTC(2001, 0, 14, 21, 55, 0, 500));
  expect(stored(millis, '2001-01-14T23:55:00+02:00')).toBe(Date.UTC(2001, 0, 14, 21, 55));
  expect(stored(micros, '1969-12-31T23:59:59.999999Z')).toBe(-1);
  expect(stored(micros, 5)).toBe(5);
});

test('microseconds stay exact where a double would lose them', () => {
  expect(stored(micros, '9999-12-31T23:59:59.999999Z')).toBe(253402300799999999n);
});

test('every day of 400 years is where Date has it', () => {
  const days = Array.from(
    { length: 1_000 },
    (_, step) => Date.UTC(1800, 0, 1) + step * 146 * 86_400_000,
  );
  for (const day of days) {
    const text = new Date(day).toISOString();
    expect(stored(millis, text)).toBe(day);
    expect(stored(logical('int', 'date'), text.slice(0, 10))).toBe(day / 86_400_000);
  }
});

test('a timestamp without an offset is refused, a local one with an offset too', () => {
  expect(stored(millis, '2001-01-14T21:55:00')).toContain('needs an offset');
  expect(stored(localMillis, '2001-01-14T21:55:00')).toBe(Date.UTC(2001, 0, 14, 21, 55));
  expect(stored(localMillis, '2001-01-14T21:55:00Z')).toContain('takes no offset');
});

test.each([
  '2001-02-29T00:00:00Z',
  '2001-13-01T00:00:00Z',
  '2001-01-01T24:00:00Z',
  '2001-01-01T00:00:60Z',
  '2001-01-01',
  '2001-01-01T00:00Z',
  '200x-01-01T00:00:00Z',
  '2001-01-01T0x:00:00Z',
  '2001-01-01T00:00:00.Z',
  '2001-01-01T00:00:00.1234567890Z',
  '2001-01-01T00:00:00Zulu',
  '2001-01-01T00:00:00+0200',
  '2001-01-01T00:00:00+24:00',
  '2001-01-01T00:00:00+0x:00',
  '2001-00-10T00:00:00Z',
  '2001-01-00T00:00:00Z',
  'Jan 1 2001',
  '',
])('%j is no timestamp', (text) => {
  expect(stored(millis, text)).toContain('format');
});

test('nothing is rounded: text finer than the unit is refused', () => {
  expect(stored(millis, '2001-01-01T00:00:00.0005Z')).toContain('finer than a millisecond');
  expect(stored(millis, '2001-01-01T00:00:00.500000Z')).toBe(Date.UTC(2001, 0, 1) + 500);
});

test('a date is text or days, a time is text or the integer in its unit', () => {
  expect(stored(logical('int', 'date'), '1970-01-02')).toBe(1);
  expect(stored(logical('int', 'date'), 11_000)).toBe(11_000);
  expect(stored(logical('int', 'date'), '2023-02-29')).toContain('format');
  expect(stored(logical('int', 'time-millis'), '00:00:01.5')).toBe(1_500);
  expect(stored(logical('long', 'time-micros'), '23:59:59.999999')).toBe(86_399_999_999);
  expect(stored(logical('int', 'time-millis'), 86_400_000)).toContain('range');
  expect(stored(logical('int', 'time-millis'), '25:00:00')).toContain('format');
});

test('a uuid is 36 characters of text', () => {
  const uuid = '123e4567-e89b-12d3-a456-426614174000';
  expect(stored(logical('string', 'uuid'), uuid)).toBe(uuid);
  expect(stored(logical('string', 'uuid'), '123e4567')).toContain('format');
});

const decimal = { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 };
const hex = (value: unknown): unknown => (Buffer.isBuffer(value) ? value.toString('hex') : value);

test('a decimal is text or a number, exact at its scale', () => {
  expect(hex(stored(decimal, '12.34'))).toBe('04d2');
  expect(hex(stored(decimal, 12.34))).toBe('04d2');
  expect(hex(stored(decimal, '-0.01'))).toBe('ff');
  expect(hex(stored(decimal, '1.280'))).toBe('0080');
  expect(hex(stored(decimal, '1e2'))).toBe('2710');
  expect(stored(decimal, '0.001')).toContain('more than 2 decimals');
  expect(stored(decimal, '10000.00')).toContain('more than 6 digits');
  expect(stored(decimal, 'x')).toContain('format');
});

test('a decimal number that JSON may have rounded is refused', () => {
  const wide = { type: 'bytes', logicalType: 'decimal', precision: 30, scale: 10 };
  expect(stored(wide, 0.12345678901234566)).toContain('send it as text');
  expect(hex(stored(wide, '12345678901234567890.0000000001'))).toBe('018ee90ff6c373e0ee04a90801');
});

test('a fixed decimal is sign-extended', () => {
  const fixed = {
    type: 'fixed',
    name: 'D',
    size: 4,
    logicalType: 'decimal',
    precision: 6,
    scale: 2,
  };
  expect(hex(stored(fixed, '-1'))).toBe('ffffff9c');
});
