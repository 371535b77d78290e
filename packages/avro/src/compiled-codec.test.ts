import { MillraceError } from '@millrace/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileReader, compileWriter } from './compiled-codec.ts';

const record = (fields: readonly object[], name = 'R') =>
  JSON.stringify({ type: 'record', name, namespace: 'n', fields });

/** A long in every form in which a schema can say it. */
const longs = record([
  { name: 'plain', type: 'long' },
  { name: 'object', type: { type: 'long' } },
  { name: 'logical', type: { type: 'long', logicalType: 'timestamp-micros' } },
  { name: 'nullable', type: ['null', 'long'] },
  { name: 'list', type: { type: 'array', items: 'long' } },
  { name: 'map', type: { type: 'map', values: { type: 'long', 'connect.name': 'x' } } },
  {
    name: 'nested',
    type: { type: 'record', name: 'Inner', fields: [{ name: 'value', type: 'long' }] },
  },
]);

const allLongs = (value: number | bigint) => ({
  plain: value,
  object: value,
  logical: value,
  nullable: value,
  list: [value],
  map: { key: value },
  nested: { value },
});

const near = (value: bigint): number | bigint =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value;

test('every long of 64 bits survives a round trip in every place of a schema', () => {
  const write = compileWriter(longs);
  const read = compileReader(longs);
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  // Where avsc alone corrupts silently, and where it throws.
  const feared = fc.constantFrom(
    -4503599627370497n,
    -4503599627370499n,
    4503599627370497n,
    2n ** 53n,
    2n ** 53n + 1n,
    -(2n ** 63n),
    2n ** 63n - 1n,
  );
  fc.assert(
    fc.property(fc.oneof(int64, feared, fc.maxSafeInteger().map(BigInt)), (value) => {
      expect(read(write(allLongs(value)))).toEqual(allLongs(near(value)));
      expect(write(allLongs(near(value)))).toEqual(write(allLongs(value)));
    }),
    { numRuns: 500 },
  );
});

test('longs are numbers while they are safe and bigints beyond', () => {
  const text = record([{ name: 'a', type: 'long' }]);
  const values = [2 ** 53 - 1, 2n ** 53n].map((a) =>
    compileReader(text)(compileWriter(text)({ a })),
  );
  expect(values).toEqual([{ a: 9007199254740991 }, { a: 9007199254740992n }]);
});

test('a reader schema reshapes: a new field takes its default, an int becomes an exact long', () => {
  const writer = record([
    { name: 'gone', type: 'string' },
    { name: 'count', type: 'int' },
  ]);
  const reader = record([
    { name: 'count', type: 'long' },
    { name: 'added', type: 'long', default: 7 },
  ]);
  const datum = compileWriter(writer)({ gone: 'x', count: 5 });
  expect(compileReader(writer, reader)(datum)).toEqual({ count: 5, added: 7 });
});

test('a change envelope reads as nested records with nulls', () => {
  const value = { type: 'record', name: 'Value', fields: [{ name: 'id', type: 'long' }] };
  const envelope = record([
    { name: 'before', type: ['null', value], default: null },
    { name: 'after', type: ['null', 'n.Value'], default: null },
  ]);
  const change = { before: null, after: { id: 2n ** 60n } };
  expect(compileReader(envelope)(compileWriter(envelope)(change))).toEqual(change);
});

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof MillraceError ? error.code : 'not a MillraceError';
  }
};

test('bytes that are no datum are told as such, whatever they are', () => {
  const read = compileReader(longs);
  const datum = compileWriter(longs)(allLongs(1));
  expect(codeOf(() => read(datum.subarray(0, -1)))).toBe('avro.datum-invalid');
  expect(codeOf(() => read(Buffer.concat([datum, Buffer.of(0)])))).toBe('avro.datum-invalid');
  expect(codeOf(() => read(Buffer.alloc(12, 0xff)))).toBe('avro.datum-invalid');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(codeOf(() => read(Buffer.from(bytes)))).toBeOneOf([undefined, 'avro.datum-invalid']);
    }),
  );
});

test('a value that does not fit is refused with its path and without its content', () => {
  const write = compileWriter(longs);
  const bad = { ...allLongs(1), nested: { value: 'secret' } };
  expect(codeOf(() => write(bad))).toBe('avro.value-invalid');
  expect(() => write(bad)).toThrow('/nested/value: expected long');
  expect(() => write(bad)).not.toThrow('secret');
});

test('a bigint where an int should be is refused like any other value', () => {
  const write = compileWriter(record([{ name: 'a', type: 'int' }]));
  expect(codeOf(() => write({ a: 5n }))).toBe('avro.value-invalid');
});

test('a schema that cannot be compiled is told as such', () => {
  expect(codeOf(() => compileReader('{'))).toBe('avro.schema-unusable');
  expect(codeOf(() => compileReader('"n.Missing"'))).toBe('avro.schema-unusable');
  const text = record([{ name: 'a', type: 'string' }]);
  expect(codeOf(() => compileReader(text, longs))).toBe('avro.schema-unusable');
});
