import { compileJsonEncoder } from '@millrace/avro';
import { parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { LongDecimal } from '../formats/parquet-values.ts';
import { compileMapping } from './compile-mapping.ts';
import { compileFit } from './fit-values.ts';
import { compileTimeText } from './time-text.ts';

const context = { row: 12, line: 13, part: 'a.csv' };

test('names and constants of a mapping need no interpreter, and columns with blanks are named in backquotes', () => {
  const map = compileMapping({ id: 'code', name: '`Full name`', kind: '"airport"', level: '3' });
  const row = { code: 'ABQ', 'Full name': 'Albuquerque', other: 1 };
  expect(map(row, context)).toEqual({ id: 'ABQ', name: 'Albuquerque', kind: 'airport', level: 3 });
});

test('any other expression is JSONata, with the row number and the file at hand', async () => {
  const map = compileMapping({ id: '$part & "#" & $row', miles: '$number(km) / 2', km: 'km' });
  expect(await map({ km: '5' }, context)).toEqual({ id: 'a.csv#12', miles: 2.5, km: '5' });
  const whole = compileMapping('keep = "yes" ? { "id": id } : null');
  expect(await whole({ id: 1, keep: 'yes' }, context)).toEqual({ id: 1 });
  expect(await whole({ id: 1, keep: 'no' }, context)).toBeUndefined();
});

test('an expression that fails on a row is told with its field; one that is none, before any row', async () => {
  const map = compileMapping({ miles: '$number(km)' });
  await expect(map({ km: 'far' }, context)).rejects.toMatchObject({
    code: 'ingest.row-unmapped',
    message: expect.stringContaining('map.miles:'),
  });
  expect(() => compileMapping({ miles: '$number(' })).toThrow('map.miles:');
});

const record = (fields: readonly unknown[]) => {
  const parsed = parseAvroSchema({ type: 'record', name: 'r', fields });
  return (parsed as { schema?: unknown }).schema ?? parsed;
};

const fields = [
  { name: 'text', type: 'string' },
  { name: 'note', type: ['null', 'string'], default: null },
  { name: 'count', type: 'int', default: 4 },
  { name: 'big', type: ['null', 'long'], default: null },
  { name: 'share', type: ['null', 'double'], default: null },
  {
    name: 'price',
    type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 8, scale: 2 }],
    default: null,
  },
  { name: 'on', type: ['null', 'boolean'], default: null },
  { name: 'day', type: ['null', { type: 'int', logicalType: 'date' }], default: null },
  { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
  { name: 'tags', type: ['null', { type: 'array', items: 'string' }], default: null },
];

test('text takes the types of the contract: numbers, booleans, decimals, times, lists; empty is null where null may be', () => {
  const schema = record(fields) as Parameters<typeof compileFit>[0];
  const fit = compileFit(schema, { isText: true, dropsUnknown: false, times: { zone: 'Z' } });
  const row = {
    ...{ text: '', note: '', count: '', big: '9007199254740993', share: '1e3', price: ' 12.50 ' },
    ...{ on: 'No', day: '2001-01-07', at: '2001-01-07 09:28', tags: '["a"]' },
  };
  expect(fit(row)).toEqual({
    ...{ text: '', note: null, big: '9007199254740993', share: 1000, price: '12.50' },
    ...{ on: false, day: '2001-01-07', at: '2001-01-07T09:28:00Z', tags: ['a'] },
  });
  const encoder = compileJsonEncoder(schema, { schemaId: 1 });
  expect(encoder.encode(fit(row))).toMatchObject({ ok: true });
  expect(fit({ count: '0x10', share: 'many', on: 'maybe', colour: 'red' })).toEqual({
    ...{ count: '0x10', share: 'many', on: 'maybe', colour: 'red' },
  });
  const dropping = compileFit(schema, { isText: true, dropsUnknown: true });
  expect(dropping({ count: ' 7 ', colour: 'red' })).toEqual({ count: 7 });
});

test('typed values stay as they are, and dates, 64-bit integers and bytes become what the encoder reads', () => {
  const schema = record(fields) as Parameters<typeof compileFit>[0];
  const fit = compileFit(schema, { isText: false, dropsUnknown: false });
  const date = new Date('2001-01-07T09:28:00Z');
  expect(
    fit({ count: 7n, big: 9007199254740993n, at: date, day: date, text: 5n, on: true }),
  ).toEqual({
    ...{ count: 7, big: '9007199254740993', at: date.getTime(), day: 11329, text: '5', on: true },
  });
  expect(fit({ count: '7' })).toEqual({ count: '7' });
  expect(fit('no object')).toBe('no object');
});

test('within lists, maps and records values take the types of the contract, too', () => {
  const long = { type: 'long', logicalType: 'timestamp-micros' };
  const inner = { type: 'record', name: 'inner', fields: [{ name: 'n', type: ['null', 'long'] }] };
  const schema = record([
    ...[{ name: 'list', type: { type: 'array', items: long } }],
    ...[
      { name: 'map', type: { type: 'map', values: 'long' } },
      { name: 'inner', type: inner },
    ],
    ...[
      { name: 'text', type: 'string' },
      { name: 'raw', type: 'bytes' },
    ],
    ...[
      { name: 'share', type: 'double' },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
    ],
  ]) as Parameters<typeof compileFit>[0];
  const fit = compileFit(schema, { isText: false, dropsUnknown: false });
  expect(
    fit({
      ...{ list: [new Date(5)], map: { a: 1n, b: 2n ** 60n }, inner: { n: 7n, more: 'x' } },
      ...{ text: Buffer.from('Zürich'), raw: Buffer.from('ab'), day: '2026-01-01T00:00:00.000Z' },
      share: new LongDecimal('1.0000000000000000001'),
    }),
  ).toEqual({
    ...{ list: [5000], map: { a: 1, b: String(2n ** 60n) }, inner: { n: 7, more: 'x' } },
    ...{ text: 'Zürich', raw: 'YWI=', day: '2026-01-01', share: 1 },
  });
  expect(fit({ inner: { n: null }, text: Buffer.of(0xff) })).toEqual({
    ...{ inner: { n: null }, text: { bytes: '/w==' } },
  });
});

test('times are read by a format, in seconds since 1970, or as ISO 8601; what does not fit stays as it is', () => {
  const read = (format: string | undefined, text: string, zone = 'Z') =>
    compileTimeText('timestamp-millis', { ...(format === undefined ? {} : { format }), zone })(
      text,
    );
  expect(read('yyyy/MM/dd HH:mm', '2001/01/07 09:28')).toBe('2001-01-07T09:28:00.000Z');
  expect(read('dd.MM.yyyy', '07.01.2001', '+02:00')).toBe('2001-01-07T00:00:00.000+02:00');
  expect(read('yyyy/MM/dd', 'yesterday')).toBe('yesterday');
  expect(read('unix', '978859680.5')).toBe('2001-01-07T09:28:00.500Z');
  expect(read('unix-ms', '978859680000')).toBe('2001-01-07T09:28:00.000Z');
  expect(read(undefined, '2001-01-07')).toBe('2001-01-07T00:00:00Z');
  expect(read(undefined, '2001-01-07T09:28:00-05:00')).toBe('2001-01-07T09:28:00-05:00');
  expect(compileTimeText('date', { format: 'dd.MM.yyyy' })('07.01.2001')).toBe('2001-01-07');
  expect(() => read('MM/dd', '01/07')).toThrow('needs yyyy once');
});
