import mysql from 'mysql2';
import { expect, test } from 'vitest';
import { type ColumnMeta, readValueOf, zeroDate } from './column-values.ts';

const { Types } = mysql;
const read = (columnType: number, bytes: string | Buffer, more: Partial<ColumnMeta> = {}) =>
  readValueOf({
    ...{ name: 'c', columnType, characterSet: 45, columnLength: 20, flags: 0, decimals: 0 },
    ...more,
  })(Buffer.from(bytes as string));

test('numbers that JavaScript would round stay text', () => {
  expect(read(Types.LONGLONG, '18446744073709551615')).toBe('18446744073709551615');
  expect(read(Types.NEWDECIMAL, '0.10')).toBe('0.10');
  expect(read(Types.LONG, '-7')).toBe(-7);
  expect(read(Types.YEAR, '2026')).toBe(2026);
  expect(read(Types.DOUBLE, '0.1')).toBe(0.1);
});

test('TINYINT(1) and BIT(1) are truth, wider ones are numbers, and so is a 7 in a TINYINT(1)', () => {
  expect(read(Types.TINY, '1', { columnLength: 1 })).toBe(true);
  expect(read(Types.TINY, '0', { columnLength: 1 })).toBe(false);
  expect(read(Types.TINY, '7', { columnLength: 1 })).toBe(7);
  expect(read(Types.TINY, '1', { columnLength: 1, flags: 32 })).toBe(1);
  expect(read(Types.TINY, '1', { columnLength: 4 })).toBe(1);
  expect(read(Types.BIT, Buffer.from([1]), { columnLength: 1 })).toBe(true);
  expect(read(Types.BIT, Buffer.from([1, 2]), { columnLength: 16 })).toBe(258);
  expect(read(Types.BIT, Buffer.alloc(8, 255), { columnLength: 64 })).toBe('18446744073709551615');
});

test('times keep every digit; TIMESTAMP is in UTC and DATETIME has no offset', () => {
  expect(read(Types.TIMESTAMP, '2026-11-27 08:00:00.123456')).toBe('2026-11-27T08:00:00.123456Z');
  expect(read(Types.DATETIME, '2026-11-27 08:00:00')).toBe('2026-11-27T08:00:00');
  expect(read(Types.DATE, '2026-11-27')).toBe('2026-11-27');
  expect(read(Types.TIME, '-838:59:59')).toBe('-838:59:59');
});

test.each(['0000-00-00', '2026-00-01', '2026-11-00'])('%s is no date', (written) => {
  expect(read(Types.DATE, written)).toBe(zeroDate);
  expect(read(Types.DATETIME, `${written} 00:00:00`)).toBe(zeroDate);
  expect(read(Types.TIMESTAMP, `${written} 00:00:00`)).toBe(zeroDate);
});

test('bytes stay bytes and text is text, by the character set', () => {
  const bytes = Buffer.from([0, 255, 0]);
  expect(read(Types.STRING, bytes, { characterSet: 63 })).toEqual(bytes);
  expect(read(Types.BLOB, bytes, { characterSet: 63 })).toEqual(bytes);
  expect(read(Types.VAR_STRING, 'Grüße')).toBe('Grüße');
});

test('JSON is read, of MariaDB too, and its large whole numbers stay text', () => {
  const written = '{"a":9007199254740993,"b":[0.1,7]}';
  const value = { a: '9007199254740993', b: [0.1, 7] };
  expect(read(Types.JSON, written, { characterSet: 63 })).toEqual(value);
  expect(read(Types.BLOB, written, { extendedFormat: 'json' })).toEqual(value);
});
