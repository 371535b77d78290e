import { createPostgresDatabase, type PostgresDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectSource, type SourceConnection } from '../source/source-connection.ts';
import { createAvroOutput } from './avro-output.ts';
import { codecForType } from './codec-for-type.ts';
import type { ColumnCodec } from './column-codec.ts';
import {
  type ColumnModes,
  decimalModes,
  defaultModes,
  timePrecisionModes,
} from './column-modes.ts';

let database: PostgresDatabase;
let connection: SourceConnection;
beforeAll(async () => {
  database = await createPostgresDatabase('cdc_forms');
  connection = await connectSource(database.url, 'forms', 'test');
});
afterAll(async () => {
  await connection.close();
  await database.drop();
});

/** What each form of a value becomes: Avro bytes, or the special value's name. */
const written = (codec: ColumnCodec, source: Buffer, isBinary: boolean): string | undefined => {
  const out = createAvroOutput(Buffer.alloc(200_000));
  const write = isBinary ? codec.writeBinary : codec.write;
  if (write === undefined) return undefined;
  const isSpecial = isBinary ? codec.isSpecialBinary : codec.isSpecial;
  if (isSpecial?.(source, 0, source.length)) {
    return isBinary ? codec.specialText?.(source, 0, source.length) : source.toString();
  }
  write(out, source, 0, source.length);
  return out.bytes.toString('hex', 0, out.position);
};

const random = (low: number, high: number, sql: (g: string) => string): string =>
  `select ${sql(`(${low}::float8 + random() * (${high}::float8 - (${low}::float8)))`)} from generate_series(1, 400)`;
const values = (...texts: readonly string[]): string =>
  texts.map((text) => `select '${text}'`).join(' union all ');

/** Type name, its send function, the modifier as in a column's declaration, and SQL that gives values. */
const cases = [
  ['bool', 'boolsend', '', values('t', 'f')],
  [
    'int2',
    'int2send',
    '',
    `${values('-32768', '32767', '0')} union all ${random(-32768, 32767, (g) => `${g}::int::text`)}`,
  ],
  [
    'int4',
    'int4send',
    '',
    `${values('-2147483648', '2147483647')} union all ${random(-2e9, 2e9, (g) => `${g}::int::text`)}`,
  ],
  [
    'int8',
    'int8send',
    '',
    `${values('-9223372036854775808', '9223372036854775807', '9007199254740993')} union all ${random(-9e18, 9e18, (g) => `${g}::int8::text`)}`,
  ],
  ['oid', 'oidsend', '', values('0', '4294967295', '2147483648')],
  [
    'float4',
    'float4send',
    '',
    `${values('NaN', 'Infinity', '-Infinity', '1e-37', '3.4e38', '0.1')} union all ${random(-1e5, 1e5, (g) => `${g}::float4::text`)}`,
  ],
  [
    'float8',
    'float8send',
    '',
    `${values('NaN', '-Infinity', '1e-300', '1e300', '0.1')} union all ${random(-1e9, 1e9, (g) => `${g}::text`)}`,
  ],
  [
    'numeric',
    'numeric_send',
    '',
    `${values('0', '0.000', '1.100', '-1', 'NaN', 'Infinity', '-Infinity', '1e-30', '12345678901234567890.123456789', '1e90', '0.00001')} union all ${random(-1e9, 1e9, (g) => `(${g}::numeric * ${g}::numeric)::text`)}`,
  ],
  [
    'numeric',
    'numeric_send',
    '(12,2)',
    `${values('0', '-0.01', '9999999999.99', 'NaN', '100', '10000', '0.5')} union all ${random(-9e9, 9e9, (g) => `${g}::numeric(12,2)::text`)}`,
  ],
  [
    'numeric',
    'numeric_send',
    '(38,10)',
    `${values('1234567890123456789012345678.0123456789', '-0.0000000001')} union all ${random(-9e9, 9e9, (g) => `${g}::numeric(38,10)::text`)}`,
  ],
  ['numeric', 'numeric_send', '(5,-2)', values('1200', '-99900', '0')],
  ['money', 'cash_send', '', values('1234.11', '-1234.11', '-92233720368547758.08', '0', '0.05')],
  [
    'date',
    'date_send',
    '',
    `${values('infinity', '-infinity', '0001-01-01', '0044-03-15 BC', '4714-11-24 BC', '9999-12-31', '5874897-12-31')} union all ${random(-700000, 2900000, (g) => `(date '1970-01-01' + ${g}::int)::text`)}`,
  ],
  ...['', '(0)', '(3)'].map(
    (precision) =>
      [
        'time',
        'time_send',
        precision,
        `${values('00:00', '24:00', '23:59:59.999999', '12:34:56.5')} union all ${random(0, 86399, (g) => `(time '00:00' + make_interval(secs => ${g}))::text`)}`,
      ] as const,
  ),
  [
    'timetz',
    'timetz_send',
    '',
    values('00:00+14', '24:00:00-15:59', '12:34:56.789+05:30', '23:59:59.999999-00:00:07'),
  ],
  ...['', '(0)', '(3)'].map(
    (precision) =>
      [
        'timestamp',
        'timestamp_send',
        precision,
        `${values('infinity', '-infinity', '0001-01-01', '0044-03-15 12:00:00.000001 BC', '294276-12-31 23:59:59.999999', '1969-12-31 23:59:59.999999', '1677-09-21 00:12:43', '2262-04-11 23:47:17')} union all ${random(-6e10, 2.4e11, (g) => `(timestamp 'epoch' + make_interval(secs => ${g}))::text`)}`,
      ] as const,
  ),
  ...['', '(0)', '(3)'].map(
    (precision) =>
      [
        'timestamptz',
        'timestamptz_send',
        precision,
        `${values('infinity', '-infinity', '0044-03-15 12:00:00.000001+00 BC', '12026-01-01 00:00:00+00', '2026-03-29 02:30:00+02')} union all ${random(-6e10, 2.4e11, (g) => `(timestamptz 'epoch' + make_interval(secs => ${g}))::text`)}`,
      ] as const,
  ),
  [
    'interval',
    'interval_send',
    '',
    `${values('infinity', '-infinity', '0', '1 year 2 mons 3 days 04:05:06.78', '-1 mons +2 days -00:00:00.5', '178000000 years', '-00:00:00.000001')} union all ${random(-1e9, 1e9, (g) => `make_interval(months => (${g} / 1e6)::int, days => (${g} / 1e5)::int, secs => ${g})::text`)}`,
  ],
] as const;

const modesToTry = (type: string): readonly ColumnModes[] => {
  if (type === 'numeric' || type === 'money')
    return decimalModes.map((decimal) => ({ ...defaultModes, decimal }));
  if (type === 'interval')
    return (['numeric', 'string'] as const).map((interval) => ({ ...defaultModes, interval }));
  if (/date|time/.test(type))
    return timePrecisionModes.map((timePrecision) => ({ ...defaultModes, timePrecision }));
  return [defaultModes];
};

test.each(cases)(
  '%s by %s %s: what PostgreSQL says as text and in binary become the same bytes in every mode',
  async (type, send, precision, sql) => {
    await connection.query('drop table if exists probe');
    await connection.query(`create temp table probe (v ${type}${precision})`);
    const [{ modifier, oid } = { modifier: -1, oid: 0 }] = await connection.query<{
      modifier: number;
      oid: number;
    }>(
      "select atttypmod as modifier, atttypid::int as oid from pg_attribute where attrelid = 'probe'::regclass and attnum = 1",
    );
    const types = new Map([[oid, { oid, name: type, kind: 'base' } as const]]);
    await connection.query(`insert into probe select v::${type}${precision} from (${sql}) s(v)`);
    const rows = await connection.query<{ text: string; binary: Buffer }>(
      `select format('%s', v) as text, ${send}(v) as "binary" from probe`,
    );
    await connection.query('drop table probe');
    for (const modes of modesToTry(type)) {
      const codec = codecForType(types, oid, modifier, modes);
      for (const { binary, text } of rows) {
        const fromBinary = written(codec, binary, true);
        if (fromBinary === undefined) continue;
        expect(`${text}: ${fromBinary}`).toBe(
          `${text}: ${written(codec, Buffer.from(text), false)}`,
        );
      }
    }
  },
);
