import {
  type AvroField,
  type AvroNode,
  type AvroRecord,
  parseAvroSchema,
} from '@millrace/contracts';
import { expect, test } from 'vitest';
import { compileReader } from './compiled-codec.ts';
import { compileJsonEncoder, type JsonEncoder } from './json-encoder.ts';
import { FRAME_HEADER_BYTES, frameSchemaId } from './wire-format.ts';

const schemaOf = (fields: readonly object[]) => ({
  type: 'record',
  name: 'Departed',
  namespace: 'flights',
  fields,
});

const encoderOf = (fields: readonly object[], problemsMax?: number): JsonEncoder =>
  compileJsonEncoder(parseAvroSchema(schemaOf(fields)) as AvroRecord, {
    schemaId: 7,
    ...(problemsMax === undefined ? {} : { problemsMax }),
  });

/** What an avsc reader makes of the encoder's bytes. */
const roundTrip = (fields: readonly object[], value: unknown): unknown => {
  const encoding = encoderOf(fields).encode(value);
  if (!encoding.ok) throw new Error(encoding.problems.map(({ message }) => message).join('; '));
  const read = compileReader(JSON.stringify(schemaOf(fields)));
  return read(encoding.datum.subarray(FRAME_HEADER_BYTES));
};

/** The value of a single field `a`. */
const field = (type: unknown, value: unknown): unknown =>
  (roundTrip([{ name: 'a', type }], { a: value }) as { a: unknown }).a;

/** `rule message` of each problem with a single field `a`. */
const refusal = (type: unknown, value: unknown): string => {
  const encoding = encoderOf([{ name: 'a', type }]).encode({ a: value });
  if (encoding.ok) throw new Error('it was accepted');
  return encoding.problems.map(({ rule, message }) => `${rule} ${message}`).join('; ');
};

const flight = [
  { name: 'flight_id', type: 'string' },
  { name: 'departed_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'delay_minutes', type: 'int' },
];

test('a record is encoded with its wire header', () => {
  const encoding = encoderOf(flight).encode({
    flight_id: 'UA1',
    departed_at: '2001-01-14T21:55:00Z',
    delay_minutes: -14,
  });
  expect(encoding).toMatchObject({ ok: true });
  if (!encoding.ok) return;
  expect(frameSchemaId(encoding.datum)).toBe(7);
  expect(encoding.datum.subarray(5).toString('hex')).toBe('06554131c0aceef481391b');
});

test('several problems are told at once, each with its path', () => {
  const encoding = encoderOf(flight).encode({
    departed_at: 'noon',
    delay_minutes: 'abc',
    'a/b~': 1,
  });
  expect(encoding).toEqual({
    ok: false,
    problems: [
      {
        path: '/flight_id',
        rule: 'missing',
        message: '/flight_id: the field is required and absent',
      },
      {
        path: '/departed_at',
        rule: 'format',
        message:
          '/departed_at: expected a timestamp such as "2026-01-31T23:59:59Z", got the string "noon"',
      },
      {
        path: '/delay_minutes',
        rule: 'type',
        message: '/delay_minutes: expected an int, got the string "abc"',
      },
      {
        path: '/a~1b~0',
        rule: 'unknown-field',
        message: '/a~1b~0: the schema has no field "a/b~"',
      },
    ],
  });
});

test('an encoder is as good as new after a refused record', () => {
  const encoder = encoderOf(flight);
  const good = { flight_id: 'UA1', departed_at: 0, delay_minutes: 0 };
  const before = encoder.encode(good);
  expect(encoder.encode({ flight_id: 'x'.repeat(9_000), departed_at: {} }).ok).toBe(false);
  expect(encoder.encode(good)).toEqual(before);
});

test('the number of problems is bounded', () => {
  const list = { name: 'list', type: { type: 'array', items: 'int' } };
  const encoding = encoderOf([list], 3).encode({ list: new Array(100_000).fill('x') });
  expect(encoding).toMatchObject({ ok: false });
  expect(encoding.ok ? [] : encoding.problems.map(({ path }) => path)).toEqual([
    '/list/0',
    '/list/1',
    '/list/2',
  ]);
});

test('a message echoes at most 40 characters of a value or a name', () => {
  const long = 'secret'.repeat(50);
  const encoding = encoderOf(flight).encode({
    flight_id: '',
    departed_at: long,
    delay_minutes: 1,
    [long]: 1,
  });
  const messages = encoding.ok ? [] : encoding.problems.map(({ message }) => message);
  expect(messages).toHaveLength(2);
  for (const message of messages) expect(message).not.toContain('secret'.repeat(7));
});

test('what is not an object is no record', () => {
  for (const value of [null, [], 'x', 1, true, undefined]) {
    expect(encoderOf(flight).encode(value)).toMatchObject({
      problems: [{ path: '', rule: 'type' }],
    });
  }
});

test('a field named like a member of every object is still missing when absent', () => {
  expect(encoderOf([{ name: 'toString', type: 'string' }]).encode({})).toMatchObject({
    problems: [{ rule: 'missing' }],
  });
  expect(roundTrip([{ name: 'constructor_', type: 'int' }], { constructor_: 1 })).toEqual({
    constructor_: 1,
  });
});

test('an absent field takes its default; without one it must be there, null or not', () => {
  const fields = [
    { name: 'bytes', type: 'bytes', default: 'ÿ\u0000' },
    { name: 'union', type: ['null', 'string'], default: null },
    { name: 'text', type: ['string', 'null'], default: 'x' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 5 },
    { name: 'map', type: { type: 'map', values: 'int' }, default: { a: 1 } },
  ];
  expect(roundTrip(fields, {})).toEqual({
    bytes: Buffer.of(255, 0),
    union: null,
    text: 'x',
    at: 5,
    map: { a: 1 },
  });
  expect(encoderOf([{ name: 'a', type: ['null', 'int'] }]).encode({})).toMatchObject({
    problems: [{ rule: 'missing', message: expect.stringContaining('give null') }],
  });
});

test('numbers are checked for kind and range', () => {
  expect(field('int', -(2 ** 31))).toBe(-(2 ** 31));
  expect(refusal('int', 2 ** 31)).toContain('range');
  expect(refusal('int', 1.5)).toBe('type /a: expected an int, got the number 1.5');
  expect(field('long', 2 ** 53 - 1)).toBe(2 ** 53 - 1);
  expect(field('long', '-9223372036854775808')).toBe(-(2n ** 63n));
  expect(refusal('long', '9223372036854775808')).toContain('range');
  expect(refusal('long', 2 ** 53)).toContain('send it as text');
  expect(refusal('long', '1e3')).toContain('type');
  expect(field('float', 'NaN')).toBeNaN();
  expect(field('double', '-Infinity')).toBe(Number.NEGATIVE_INFINITY);
  expect(refusal('double', JSON.parse('1e400'))).toContain('range');
  expect(refusal('float', JSON.parse('-1e400'))).toContain('range');
  expect(refusal('float', 1e39)).toContain('range');
  // Java's Float.MAX_VALUE as text, and what is half a step above it.
  expect(field('float', 3.4028235e38)).toBe(Math.fround(3.4028235e38));
  expect(refusal('float', 3.4028236e38)).toContain('range');
  expect(refusal('double', '1.5')).toContain('type');
});

test('text must be Unicode', () => {
  expect(field('string', 'Zürich 🛩 日本')).toBe('Zürich 🛩 日本');
  expect(field('string', 'é'.repeat(21))).toBe('é'.repeat(21));
  expect(refusal('string', '\ud800')).toContain('format');
});

test('bytes and fixed are base64', () => {
  expect(field('bytes', 'AP8=')).toEqual(Buffer.of(0, 255));
  expect(refusal('bytes', 'AP8')).toContain('format');
  expect(refusal('bytes', '!!!!')).toContain('format');
  const fixed = { type: 'fixed', name: 'F', size: 2 };
  expect(field(fixed, 'AP8=')).toEqual(Buffer.of(0, 255));
  expect(refusal(fixed, 'AA==')).toBe('range /a: expected 2 bytes, got 1');
});

test('an enum names its symbols', () => {
  const type = { type: 'enum', name: 'E', symbols: ['UP', 'DOWN'] };
  expect(field(type, 'DOWN')).toBe('DOWN');
  expect(refusal(type, 'LEFT')).toBe(
    'symbol /a: expected one of "UP", "DOWN", got the string "LEFT"',
  );
});

test('a map keeps every key, but for the one that would change its prototype', () => {
  const type = { type: 'map', values: 'int' };
  const entries = JSON.parse('{"constructor":1,"toString":2,"":3,"a/b":4}') as unknown;
  expect(field(type, entries)).toEqual(entries);
  expect(refusal(type, JSON.parse('{"__proto__":1}'))).toContain('format /a/__proto__');
});

test('nesting is bounded, also where a type contains itself', () => {
  const fields: AvroField[] = [];
  const tree: AvroRecord = { kind: 'record', fullName: 'Tree', aliases: [], fields };
  const nothing: AvroNode = { kind: 'null', props: {} };
  const type: AvroNode = { kind: 'union', branches: [nothing, tree] };
  fields.push({ name: 'child', type, aliases: [], default: { value: null } });
  const encoder = compileJsonEncoder(tree, { schemaId: 1 });
  let deep: unknown = {};
  for (let level = 0; level < 63; level++) deep = { child: deep };
  expect(encoder.encode(deep)).toMatchObject({ ok: true });
  for (let level = 0; level < 10_000; level++) deep = { child: deep };
  expect(encoder.encode(deep)).toMatchObject({ problems: [{ rule: 'depth' }] });
});
