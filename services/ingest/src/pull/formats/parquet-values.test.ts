/** Columns of Parquet as hyparquet reads them with our types: every digit, whatever the unit. */
import type { FileMetaData, SchemaElement } from 'hyparquet';
import { convert } from 'hyparquet/src/convert.js';
import { expect, test } from 'vitest';
import { exactMetadata, exactParsers, LongDecimal } from './parquet-values.ts';

/** As a page of a column with this type is read. */
const read = (element: Partial<SchemaElement>, data: unknown): unknown[] => {
  const { schema } = exactMetadata({ schema: [element] } as unknown as FileMetaData);
  return convert(
    data as never,
    {
      ...{ element: schema[0]!, parsers: exactParsers(), utf8: false },
    } as never,
  ) as unknown[];
};
const time = (type: 'TIMESTAMP' | 'TIME', unit: 'MILLIS' | 'MICROS' | 'NANOS') =>
  ({ type: 'INT64', logical_type: { type, isAdjustedToUTC: true, unit } }) as const;

test('a timestamp keeps what is finer than a millisecond, also before 1970', () => {
  expect(read(time('TIMESTAMP', 'MILLIS'), BigInt64Array.of(5n))).toEqual([new Date(5)]);
  const micros = BigInt64Array.of(1_767_225_600_123_456n, 1_000n, -1n);
  const texts = [
    ...['2026-01-01T00:00:00.123456Z', '1970-01-01T00:00:00.001Z', '1969-12-31T23:59:59.999999Z'],
  ];
  expect(read(time('TIMESTAMP', 'MICROS'), micros)).toEqual(texts);
  expect(read({ type: 'INT64', converted_type: 'TIMESTAMP_MICROS' }, micros)).toEqual(texts);
  expect(read(time('TIMESTAMP', 'NANOS'), BigInt64Array.of(1n, 1_500_000n))).toEqual([
    ...['1970-01-01T00:00:00.000000001Z', '1970-01-01T00:00:00.0015Z'],
  ]);
});

test('a time of day is told by its clock, whatever its unit', () => {
  expect(read(time('TIME', 'MICROS'), BigInt64Array.of(60_000_000n, 1n))).toEqual([
    ...['00:01:00.000', '00:00:00.000001'],
  ]);
  expect(read({ type: 'INT32', converted_type: 'TIME_MILLIS' }, Int32Array.of(60_000))).toEqual([
    '00:01:00.000',
  ]);
});

test('a decimal is what was written, as a number or, of more digits, as its text', () => {
  const decimal = { type: 'INT64', converted_type: 'DECIMAL', scale: 2 } as const;
  const long = new LongDecimal('90071992547409930.01');
  expect(read(decimal, BigInt64Array.of(115n, -29n, 5n, 9_007_199_254_740_993_001n))).toEqual([
    ...[1.15, -0.29, 0.05],
    long,
  ]);
  const bytes = { type: 'FIXED_LEN_BYTE_ARRAY', converted_type: 'DECIMAL', scale: 0 } as const;
  expect(read(bytes, [Uint8Array.of(0xff, 0x00), Uint8Array.of(1, 0)])).toEqual([-256, 256]);
});
