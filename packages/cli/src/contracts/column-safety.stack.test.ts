import { compileJsonEncoder, compileSplicer } from '@millrace/avro';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type AvroRecord, checkColumn, columnType, parseAvroSchema } from '@millrace/contracts';
import { type ClickHouseDatabase, createClickHouseDatabase, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/**
 * What packages/contracts claims of ClickHouse's Avro reader, asked of the server itself: each pair that
 * checkColumn accepts keeps extreme values, and the pairs it refuses are indeed falsified or rejected.
 */
let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('columns');
  clickhouse = createClickHouse({ url: database.url });
});

afterAll(async () => {
  await clickhouse.close();
  await database.drop();
});

const recordOf = (type: unknown) => ({
  type: 'record',
  name: 'sample',
  fields: [{ name: 'value', type }],
});

/** Encodes each JSON value, splices the datums into a container and inserts that; answers the column as text. */
const throughColumn = async (type: unknown, column: string, values: readonly unknown[]) => {
  const table = uniqueName('sample');
  const document = recordOf(type);
  const encoder = compileJsonEncoder(parseAvroSchema(document) as AvroRecord, { schemaId: 1 });
  const splicer = compileSplicer(JSON.stringify(document), [{ name: 'at', type: 'int' }]);
  const records = values.map((value, at) => {
    const encoding = encoder.encode({ value });
    if (!encoding.ok) throw new Error(JSON.stringify(encoding.problems));
    return { framed: encoding.datum, appended: [at] };
  });
  await clickhouse.exec(
    `CREATE TABLE ${table} (value ${column}, at Int32) ENGINE = MergeTree ORDER BY at`,
  );
  await clickhouse.insert({
    statement: `INSERT INTO ${table} (value, at) FORMAT Avro`,
    body: splicer.splice(records),
    token: table,
  });
  const rows = await clickhouse.query<{ text: string | null }>(
    `SELECT toString(value) AS text FROM ${table} ORDER BY at`,
  );
  return rows.map(({ text }) => text);
};

interface SafePair {
  readonly avro: unknown;
  /** Column types that checkColumn accepts; the derived one is tried as well. */
  readonly columns?: readonly string[];
  /** The only column to try, where the text differs from the derived column's. */
  readonly only?: string;
  /** JSON value → the text of the column. */
  readonly values: readonly (readonly [unknown, string | null])[];
}

const longMin = '-9223372036854775808';
const longMax = '9223372036854775807';
const same = (...values: unknown[]) => values.map((value) => [value, String(value)] as const);

const decimal = (precision: number, scale: number) => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});

const safePairs: Readonly<Record<string, SafePair>> = {
  boolean: { avro: 'boolean', values: same(true, false) },
  'boolean as UInt8': {
    avro: 'boolean',
    only: 'UInt8',
    values: [
      [true, '1'],
      [false, '0'],
    ],
  },
  int: {
    avro: 'int',
    columns: ['Int64', 'Float64', 'Nullable(Int32)'],
    values: same(-2147483648, -1, 0, 2147483647),
  },
  long: { avro: 'long', columns: ['Nullable(Int64)'], values: same(longMin, '-1', longMax) },
  float: { avro: 'float', columns: ['Float64'], values: same(-1.5, 0.25, 16777216) },
  double: {
    avro: 'double',
    values: [...same(5e-324, -0.1), [1.7976931348623157e308, '1.7976931348623157e308']],
  },
  string: {
    avro: 'string',
    columns: ['LowCardinality(String)', 'Nullable(String)', 'LowCardinality(Nullable(String))'],
    values: same('', 'köln', 'line\nbreak', '\u0000'),
  },
  bytes: {
    avro: 'bytes',
    values: [
      ['', ''],
      ['QQBC', 'A\u0000B'],
    ],
  },
  fixed: { avro: { type: 'fixed', name: 'f', size: 3 }, values: [['YWJj', 'abc']] },
  enum: {
    avro: { type: 'enum', name: 'e', symbols: ['A', 'B', 'UNUSED'] },
    columns: ['String'],
    values: same('B', 'A'),
  },
  date: {
    avro: { type: 'int', logicalType: 'date' },
    values: same('1900-01-01', '1970-01-01', '2299-12-31'),
  },
  'date as Int32': {
    avro: { type: 'int', logicalType: 'date' },
    only: 'Int32',
    values: [[-1, '-1']],
  },
  'time-millis': {
    avro: { type: 'int', logicalType: 'time-millis' },
    columns: ['Int64'],
    values: [['23:59:59.999', '86399999']],
  },
  'time-micros': {
    avro: { type: 'long', logicalType: 'time-micros' },
    values: [['23:59:59.999999', '86399999999']],
  },
  'timestamp-millis': {
    avro: { type: 'long', logicalType: 'timestamp-millis' },
    columns: ["Nullable(DateTime64(3, 'UTC'))"],
    values: [
      ['1900-01-01T00:00:00.000Z', '1900-01-01 00:00:00.000'],
      ['2026-11-22T20:15:30.123Z', '2026-11-22 20:15:30.123'],
      ['2299-12-31T23:59:59.999Z', '2299-12-31 23:59:59.999'],
    ],
  },
  'timestamp-micros': {
    avro: { type: 'long', logicalType: 'timestamp-micros' },
    values: [
      ['1900-01-01T00:00:00.000001Z', '1900-01-01 00:00:00.000001'],
      ['2299-12-31T23:59:59.999999Z', '2299-12-31 23:59:59.999999'],
    ],
  },
  'timestamp-millis as Int64': {
    avro: { type: 'long', logicalType: 'timestamp-millis' },
    only: 'Int64',
    values: [['1970-01-01T00:00:01Z', '1000']],
  },
  'local-timestamp-millis': {
    avro: { type: 'long', logicalType: 'local-timestamp-millis' },
    values: [['2026-11-22T20:15:30.123', '2026-11-22 20:15:30.123']],
  },
  'local-timestamp-micros': {
    avro: { type: 'long', logicalType: 'local-timestamp-micros' },
    values: [['2026-11-22T20:15:30.123456', '2026-11-22 20:15:30.123456']],
  },
  uuid: {
    avro: { type: 'string', logicalType: 'uuid' },
    columns: ['String'],
    values: same('00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-4fff-bfff-ffffffffffff'),
  },
  'decimal of 9 digits': {
    avro: decimal(9, 2),
    columns: ['Decimal32(2)', 'Nullable(Decimal(9, 2))'],
    values: same('-9999999.99', '0.01', '9999999.99'),
  },
  'decimal of 38 digits': {
    avro: decimal(38, 10),
    values: same('-9999999999999999999999999999.0000000001'),
  },
  'decimal of 76 digits': { avro: decimal(76, 0), values: same('9'.repeat(76)) },
  'fixed decimal': {
    avro: { type: 'fixed', name: 'd', size: 8, logicalType: 'decimal', precision: 18, scale: 4 },
    values: same('-99999999999999.9999', '0.0001'),
  },
  'fixed decimal of fewer bytes': {
    avro: { type: 'fixed', name: 'd', size: 3, logicalType: 'decimal', precision: 5, scale: 2 },
    values: same('-999.99', '0.01'),
  },
  'fixed decimal of as many bytes as there are': {
    avro: { type: 'fixed', name: 'd', size: 16, logicalType: 'decimal', precision: 19, scale: 2 },
    values: same('-99999999999999999.99', '0.01'),
  },
  'fixed decimal of the widest': {
    avro: { type: 'fixed', name: 'd', size: 17, logicalType: 'decimal', precision: 40, scale: 2 },
    values: same('-0.01', '99999999999999999999999999999999999999.99'),
  },
  'nullable string': {
    avro: ['null', 'string'],
    columns: ['LowCardinality(Nullable(String))'],
    values: [
      [null, null],
      ['x', 'x'],
    ],
  },
  'nullable timestamp': {
    avro: ['null', { type: 'long', logicalType: 'timestamp-millis' }],
    values: [
      [null, null],
      ['1970-01-01T00:00:00Z', '1970-01-01 00:00:00.000'],
    ],
  },
  'nullable decimal': {
    avro: ['null', decimal(12, 2)],
    values: [
      [null, null],
      ['-0.01', '-0.01'],
    ],
  },
  'nullable enum': {
    avro: ['null', { type: 'enum', name: 'e', symbols: ['A', 'B'] }],
    values: [
      [null, null],
      ['B', 'B'],
    ],
  },
  'value before null': { avro: ['long', 'null'], values: [[null, null], ...same(longMax)] },
  array: {
    avro: { type: 'array', items: ['null', 'long'] },
    values: [
      [[], '[]'],
      [[1, null], '[1,NULL]'],
    ],
  },
  map: { avro: { type: 'map', values: 'string' }, values: [[{ a: 'x' }, "{'a':'x'}"]] },
  record: {
    avro: {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'a', type: 'int' },
        { name: 'b', type: { type: 'long', logicalType: 'timestamp-millis' } },
      ],
    },
    values: [[{ a: 1, b: 0 }, "(1,'1970-01-01 00:00:00.000')"]],
  },
};

describe('a column that the check accepts keeps every value', () => {
  test.each(Object.entries(safePairs))(
    '%s',
    async (_name, { avro, columns = [], only, values }) => {
      const node = (parseAvroSchema(recordOf(avro)) as AvroRecord).fields[0]?.type;
      if (node === undefined) throw new Error('the record has one field');
      const [inputs, texts] = [values.map(([input]) => input), values.map(([, text]) => text)];
      for (const column of only === undefined ? [columnType(node), ...columns] : [only]) {
        expect(checkColumn(node, column), column).toBeUndefined();
        expect(await throughColumn(avro, column, inputs), column).toEqual(texts);
      }
    },
  );
});

interface UnsafePair {
  readonly avro: unknown;
  readonly column: string;
  readonly rule: string;
  readonly value: unknown;
  /** What the server makes of it; `rejected` when it refuses the insert. */
  readonly becomes: string;
}

const millis = { type: 'long', logicalType: 'timestamp-millis' };
const micros = { type: 'long', logicalType: 'timestamp-micros' };
const noon = '2026-11-22T12:00:00Z';

const unsafePairs: Readonly<Record<string, UnsafePair>> = {
  'milliseconds taken for microseconds': {
    avro: millis,
    column: "DateTime64(6, 'UTC')",
    rule: 'unit-changed',
    value: noon,
    becomes: '1970-01-21 18:42:28.800000',
  },
  'microseconds taken for milliseconds': {
    avro: micros,
    column: "DateTime64(3, 'UTC')",
    rule: 'unit-changed',
    value: noon,
    becomes: '9999-12-31 23:59:59.000',
  },
  'milliseconds taken for seconds': {
    avro: millis,
    column: "DateTime('UTC')",
    rule: 'unit-changed',
    value: noon,
    becomes: '1971-08-31 07:04:32',
  },
  'a long that wraps': {
    avro: 'long',
    column: 'Int32',
    rule: 'range-narrowed',
    value: '5000000000',
    becomes: '705032704',
  },
  'a negative int that wraps': {
    avro: 'int',
    column: 'UInt32',
    rule: 'range-narrowed',
    value: -1,
    becomes: '4294967295',
  },
  'a double that rounds': {
    avro: 'double',
    column: 'Float32',
    rule: 'range-narrowed',
    value: 0.1234567890123,
    becomes: '0.12345679',
  },
  'a long that loses digits': {
    avro: 'long',
    column: 'Float64',
    rule: 'range-narrowed',
    value: '9007199254740993',
    becomes: '9007199254740992',
  },
  'a null that becomes a zero': {
    avro: ['null', 'long'],
    column: 'Int64',
    rule: 'null-lost',
    value: null,
    becomes: '0',
  },
  'a decimal of another precision': {
    avro: decimal(10, 2),
    column: 'Decimal(18, 2)',
    rule: 'decimal-changed',
    value: '1.50',
    becomes: 'rejected',
  },
  'an enum column that lacks an unused symbol': {
    avro: { type: 'enum', name: 'e', symbols: ['A', 'UNUSED'] },
    column: "Enum8('A' = 1)",
    rule: 'enum-closed',
    value: 'A',
    becomes: 'rejected',
  },
  'a fixed uuid': {
    avro: { type: 'fixed', name: 'u', size: 16, logicalType: 'uuid' },
    column: 'UUID',
    rule: 'type-mismatch',
    value: '00000000-0000-0000-0000-000000000001',
    becomes: 'rejected',
  },
  'a number into text': {
    avro: 'long',
    column: 'String',
    rule: 'type-mismatch',
    value: 1,
    becomes: 'rejected',
  },
  'a date beyond 2149': {
    avro: { type: 'int', logicalType: 'date' },
    column: 'Date',
    rule: 'type-mismatch',
    value: '2299-12-31',
    becomes: '2120-07-26',
  },
};

describe('a column that the check refuses falsifies or rejects', () => {
  test.each(Object.entries(unsafePairs))('%s', async (_name, pair) => {
    const node = (parseAvroSchema(recordOf(pair.avro)) as AvroRecord).fields[0]?.type;
    if (node === undefined) throw new Error('the record has one field');
    expect(checkColumn(node, pair.column)).toMatchObject({ rule: pair.rule });
    const result = await throughColumn(pair.avro, pair.column, [pair.value]).catch(() => [
      'rejected',
    ]);
    expect(result).toEqual([pair.becomes]);
  });
});
