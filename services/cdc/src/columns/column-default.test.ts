import { expect, test } from 'vitest';
import { codecForType, type TypeCatalog, type TypeFacts } from './codec-for-type.ts';
import { columnDefault } from './column-default.ts';
import { type ColumnModes, defaultModes } from './column-modes.ts';

const facts = (oid: number, name: string): [number, TypeFacts] => [
  oid,
  { oid, name, kind: 'base' },
];
const types: TypeCatalog = new Map([
  ...[
    facts(20, 'int8'),
    facts(23, 'int4'),
    facts(25, 'text'),
    facts(16, 'bool'),
    facts(701, 'float8'),
  ],
  ...[
    facts(1700, 'numeric'),
    facts(1082, 'date'),
    facts(1184, 'timestamptz'),
    facts(3802, 'jsonb'),
  ],
  ...[facts(17, 'bytea'), facts(700, 'float4'), facts(2950, 'uuid')],
]);

const defaultOf = (
  oid: number,
  expression: string,
  modifier = -1,
  modes: Partial<ColumnModes> = {},
) =>
  columnDefault(
    codecForType(types, oid, modifier, { ...defaultModes, ...modes }),
    types.get(oid)?.name ?? '',
    modifier,
    expression,
  );
const jsonOf = (...given: Parameters<typeof defaultOf>) => defaultOf(...given)?.json;

/** numeric(6,2) */
const SIX_TWO = ((6 << 16) | 2) + 4;

test('a constant is the value that its text is, whatever casts PostgreSQL shows', () => {
  expect(jsonOf(23, '7')).toBe(7);
  expect(jsonOf(23, "'-42'::integer")).toBe(-42);
  expect(jsonOf(25, "'it''s ☃'::text")).toBe("it's ☃");
  expect(jsonOf(25, "'ab'::character varying(20)")).toBe('ab');
  expect(jsonOf(16, 'true')).toBe(true);
  expect(jsonOf(700, '1.1')).toBe(1.1);
  expect(jsonOf(701, "'-1e+20'::numeric")).toBe(-1e20);
  expect(jsonOf(1700, '1.5', SIX_TWO)).toBe('\u0000\u0096');
  expect(jsonOf(1700, '1.5', SIX_TWO, { decimal: 'string' })).toBe('1.50');
  expect(jsonOf(1082, "'1970-01-31'::date")).toBe(30);
});

test('the bytes are those of the value in a record', () => {
  expect(defaultOf(23, '-1')?.bytes).toEqual(Buffer.from([1]));
  expect(defaultOf(25, "'ab'::text")?.bytes).toEqual(Buffer.from([4, 97, 98]));
});

test('an empty value stands for the result of a function', () => {
  expect(jsonOf(23, "nextval('t_id_seq'::regclass)")).toBe(0);
  expect(jsonOf(25, "lower('ABC'::text)")).toBe('');
  expect(jsonOf(25, 'CURRENT_USER')).toBe('');
  expect(jsonOf(1184, 'now()')).toBe('1970-01-01T00:00:00.000000Z');
  expect(jsonOf(3802, "jsonb_build_object('a', 1)")).toBe('{}');
  expect(jsonOf(2950, 'gen_random_uuid()')).toBe('00000000-0000-0000-0000-000000000000');
});

test('what is neither a constant nor a function gives no default', () => {
  expect(jsonOf(25, "('a'::text || 'b'::text)")).toBeUndefined();
  expect(jsonOf(25, "(('x'::character varying(3))::text)")).toBeUndefined();
  expect(jsonOf(1184, "('now'::text)::timestamp with time zone")).toBeUndefined();
  expect(jsonOf(23, '(1 + 1)')).toBeUndefined();
  expect(jsonOf(25, 'NULL::character varying')).toBeUndefined();
});

test('a value that the schema cannot say exactly gives no default', () => {
  expect(jsonOf(20, "'9223372036854775807'::bigint")).toBeUndefined();
  expect(jsonOf(701, "'NaN'::double precision")).toBeUndefined();
  expect(jsonOf(1700, "'NaN'::numeric", SIX_TWO)).toBeUndefined();
  for (const decimal of ['precise', 'string', 'double'] as const) {
    expect(jsonOf(1700, '1.255', SIX_TWO, { decimal })).toBeUndefined();
  }
  expect(jsonOf(1700, '1.5')).toBeUndefined();
});

test('a constant of another type, and a type whose defaults Debezium leaves out, give no default', () => {
  expect(jsonOf(23, '1.6')).toBeUndefined();
  expect(jsonOf(1184, "'2020-01-01 00:00:00'::timestamp without time zone")).toBeUndefined();
  expect(jsonOf(17, String.raw`'\x00ff'::bytea`)).toBeUndefined();
});
