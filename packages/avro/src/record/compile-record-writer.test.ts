import { MillraceError } from '@millrace/contracts';
import { Type } from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileReader, compileWriter } from '../compiled-codec.ts';
import { recordSchema } from '../testing/record-schema.ts';
import { compileRecordWriter, type RecordWriter } from './compile-record-writer.ts';

const record = (fields: readonly object[], name = 'R') =>
  JSON.stringify({ type: 'record', name, namespace: 'n', fields });

/** The bytes at the end of others, in a buffer with room behind them. */
const writeAt = (write: RecordWriter, value: unknown, at = 7, size = 100_000): Buffer => {
  const buffer = Buffer.alloc(size, 0xee);
  const end = write(value, buffer, at);
  expect(end).toBeGreaterThan(0);
  expect(buffer.subarray(0, at)).toEqual(Buffer.alloc(at, 0xee));
  return buffer.subarray(at, end);
};

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof MillraceError ? error.code : `not a MillraceError: ${error}`;
  }
};

describe('against avsc', () => {
  const typeOf = (document: object): Type => Type.forSchema(document as never);

  test('every record of every schema is written byte by byte the same', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(recordSchema, (document) => {
        const text = JSON.stringify(document);
        const type = typeOf(document);
        const write = compileRecordWriter(text);
        for (let round = 0; round < 3; round += 1) {
          const value = type.random();
          expect(writeAt(write, value)).toEqual(compileWriter(text)(value));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('no size of a buffer makes it write beyond the end or something else', {
    timeout: 60_000,
  }, () => {
    fc.assert(
      fc.property(recordSchema, (document) => {
        const type = typeOf(document);
        const write = compileRecordWriter(JSON.stringify(document));
        const value = type.random();
        const datum = type.toBuffer(value);
        for (let size = 0; size < datum.length + 12; size += 1) {
          const buffer = Buffer.alloc(size + 4, 0xee);
          const end = write(value, buffer.subarray(0, size), 0);
          expect(buffer.subarray(size)).toEqual(Buffer.alloc(4, 0xee));
          if (end !== -1) expect(buffer.subarray(0, end)).toEqual(datum);
          if (size < datum.length) expect(end).toBe(-1);
        }
        expect(write(value, Buffer.alloc(datum.length + 12), 0)).toBe(datum.length);
      }),
      { numRuns: 60 },
    );
  });

  test('what compileWriter refuses is refused, whatever it is', { timeout: 60_000 }, () => {
    const anything = fc.oneof(
      fc.anything({ maxDepth: 2, withBigInt: true, withTypedArray: true }),
      fc.constantFrom<unknown>(undefined, null, NaN, 2 ** 31, 2 ** 53, 2n ** 63n, 0.5, '', []),
    );
    fc.assert(
      fc.property(recordSchema, fc.nat(), anything, (document, chosen, wrong) => {
        const text = JSON.stringify(document);
        const value = { ...(typeOf(document).random() as object) } as Record<string, unknown>;
        const names = Object.keys(value);
        value[names[chosen % names.length]!] = wrong;
        const slowly = codeOf(() => compileWriter(text)(value));
        const code = codeOf(() => writeAt(compileRecordWriter(text), value));
        // Arrays of bytes that are no Buffer are taken here.
        if (code === undefined && holdsBytes(wrong)) return;
        expect(code).toBe(slowly);
      }),
      { numRuns: 400 },
    );
  });

  const holdsBytes = (value: unknown): boolean =>
    value instanceof Uint8Array ||
    (typeof value === 'object' && value !== null && Object.values(value).some(holdsBytes));
});

describe('a value', () => {
  const text = record([
    { name: 'id', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'list', type: { type: 'array', items: 'int' }, default: [1, 2] },
    { name: 'inner', type: { type: 'record', name: 'I', fields: [{ name: 'x', type: 'int' }] } },
  ]);
  const write = compileRecordWriter(text);
  const read = compileReader(text);

  test('without a member takes its default', () => {
    const written = writeAt(write, { id: 1, inner: { x: 2 } });
    expect(read(written)).toEqual({ id: 1, note: null, list: [1, 2], inner: { x: 2 } });
  });

  test('that does not fit is refused with its path and without its content', () => {
    const bad = { id: 1, inner: { x: 'secret' } };
    expect(codeOf(() => write(bad, Buffer.alloc(99), 0))).toBe('avro.value-invalid');
    expect(() => write(bad, Buffer.alloc(99), 0)).toThrow('/inner/x: expected int');
    expect(() => write(bad, Buffer.alloc(99), 0)).not.toThrow('secret');
    expect(() => write(undefined, Buffer.alloc(99), 0)).toThrow('expected record');
  });

  test('that holds itself is refused', () => {
    const endless = record([{ name: 'self', type: ['null', 'n.R'] }]);
    const value: { self?: unknown } = {};
    value.self = value;
    const run = () => compileRecordWriter(endless)(value, Buffer.alloc(2 ** 20), 0);
    expect(codeOf(run)).toBe('avro.value-invalid');
  });
});

test('every long of 64 bits is written, as a number and as a bigint', () => {
  const text = record([{ name: 'a', type: 'long' }]);
  const write = compileRecordWriter(text);
  const long = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.maxSafeInteger().map(BigInt),
    fc.integer().map(BigInt),
  );
  fc.assert(
    fc.property(long, (a) => {
      const datum = compileWriter(text)({ a });
      expect(writeAt(write, { a }, 0, 30)).toEqual(datum);
      const near = Number(a);
      if (Number.isSafeInteger(near)) expect(writeAt(write, { a: near }, 0, 30)).toEqual(datum);
    }),
    { numRuns: 1_000 },
  );
});

test('text of every length and script is written, also into little room', () => {
  const text = record([{ name: 'a', type: 'string' }]);
  const write = compileRecordWriter(text);
  for (const unit of ['a', 'é', '漢', '😀']) {
    for (const length of [
      0, 1, 10, 14, 15, 16, 31, 32, 63, 64, 2_730, 2_731, 5_000, 8_191, 8_192,
    ]) {
      const datum = compileWriter(text)({ a: unit.repeat(length) });
      for (const size of [datum.length + 10, 100_000]) {
        const written = writeAt(write, { a: unit.repeat(length) }, 0, size);
        expect(written.equals(datum), `${unit} ${length} ${size}`).toBe(true);
      }
    }
  }
});

test('text that is not ASCII is never cut to fit', () => {
  const text = record([{ name: 'a', type: 'string' }]);
  const write = compileRecordWriter(text);
  const value = { a: '漢é'.repeat(20) };
  const datum = compileWriter(text)(value);
  for (let size = 0; size < datum.length + 12; size += 1) {
    const buffer = Buffer.alloc(size);
    const end = write(value, buffer, 0);
    if (end !== -1) expect(buffer.subarray(0, end)).toEqual(datum);
  }
});

test('half of a surrogate pair becomes U+FFFD', () => {
  const text = record([{ name: 'a', type: 'string' }]);
  const write = compileRecordWriter(text);
  for (const length of [1, 14, 100]) {
    const written = writeAt(write, { a: '\ud800'.repeat(length) });
    expect(compileReader(text)(written)).toEqual({ a: '\ufffd'.repeat(length) });
  }
});

test('bytes may be any array of bytes, and paths of other members are told nevertheless', () => {
  const text = record([
    { name: 'bytes', type: 'bytes' },
    { name: 'fixed', type: { type: 'fixed', name: 'F', size: 2 } },
    { name: 'union', type: ['null', 'bytes'] },
    { name: 'last', type: 'int' },
  ]);
  const write = compileRecordWriter(text);
  const bytes = new Uint8Array([1, 2]);
  const value = { bytes, fixed: bytes, union: bytes, last: 3 };
  expect([...writeAt(write, value)]).toEqual([4, 1, 2, 1, 2, 2, 4, 1, 2, 6]);
  const run = () => write({ ...value, last: 'x' }, Buffer.alloc(99), 0);
  expect(run).toThrow('the value does not fit its schema: /last: expected int');
});

test('unions take wrapped values where avsc wants them wrapped', () => {
  const text = record([{ name: 'a', type: ['null', 'int', 'double', 'string'] }]);
  const write = compileRecordWriter(text);
  for (const a of [null, { int: 1 }, { double: 1.5 }, { string: 'x' }]) {
    expect(writeAt(write, { a })).toEqual(compileWriter(text)({ a }));
  }
  for (const a of [1, 'x', { int: 'x' }, { long: 1 }, {}, { int: 1, double: 1 }]) {
    expect(codeOf(() => write({ a }, Buffer.alloc(99), 0))).toBe('avro.value-invalid');
  }
});

test('what is not a record has no writer', () => {
  expect(codeOf(() => compileRecordWriter('"string"'))).toBe('avro.schema-unusable');
});
