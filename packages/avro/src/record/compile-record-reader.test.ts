import { MillraceError, parseAvroSchema } from '@millrace/contracts';
import { Type } from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileReader, compileWriter } from '../compiled-codec.ts';
import { compileDatumCheck } from '../datum-check.ts';
import { recordSchema } from '../testing/record-schema.ts';
import { schemaPair } from '../testing/schema-pair.ts';
import { FRAME_HEADER_BYTES } from '../wire-format.ts';
import { compileRecordReader, type RecordReader } from './compile-record-reader.ts';

const record = (fields: readonly object[], name = 'R') =>
  JSON.stringify({ type: 'record', name, namespace: 'n', fields });

/** The datum in the middle of other bytes, as it stands in a fetched batch. */
const readWithin = <Value>(read: RecordReader<Value>, datum: Buffer, around = 0xff): Value => {
  const pad = Buffer.alloc(20, around);
  return read(Buffer.concat([pad, datum, pad]), 20, 20 + datum.length);
};

const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof MillraceError ? error.code : `not a MillraceError: ${error}`;
  }
};

const typeOf = (document: object): Type => Type.forSchema(document as never);

describe('against avsc', () => {
  test('every record of every schema reads as avsc reads it', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(recordSchema, (document) => {
        const text = JSON.stringify(document);
        const type = typeOf(document);
        const read = compileRecordReader(text);
        const readSlowly = compileReader(text);
        for (let round = 0; round < 3; round += 1) {
          const datum = type.toBuffer(type.random());
          expect(readWithin(read, datum)).toEqual(readSlowly(datum));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('an older record reads in a newer shape as avsc resolves it', { timeout: 60_000 }, () => {
    let resolved = 0;
    fc.assert(
      fc.property(schemaPair, ([from, to]) => {
        const [writer, readerSchemaText] = [JSON.stringify(from), JSON.stringify(to)];
        let readSlowly: ReturnType<typeof compileReader>;
        try {
          readSlowly = compileReader(writer, readerSchemaText);
        } catch {
          expect(codeOf(() => compileRecordReader(writer, { readerSchemaText }))).toBe(
            'avro.schema-unusable',
          );
          return;
        }
        resolved += 1;
        const read = compileRecordReader(writer, { readerSchemaText });
        for (let round = 0; round < 3; round += 1) {
          const datum = randomDatum(from);
          expect(readWithin(read, datum)).toEqual(readSlowly(datum));
        }
      }),
      { numRuns: 250 },
    );
    expect(resolved).toBeGreaterThan(50);
  });

  const randomDatum = (document: object): Buffer => {
    const type = typeOf(document);
    return type.toBuffer(type.random());
  };

  test('spoilt bytes are refused exactly when the datum check refuses them', {
    timeout: 60_000,
  }, () => {
    const spoiling = fc.record({
      at: fc.nat(),
      byte: fc.constantFrom(0, 1, 2, 3, 0x7f, 0x80, 0xff),
      cut: fc.nat({ max: 3 }),
      around: fc.constantFrom(0, 0xff),
    });
    const spoilings = fc.array(spoiling, { minLength: 10, maxLength: 10 });
    const counts = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(recordSchema, spoilings, (document, ways) => {
        const text = JSON.stringify(document);
        const first = document.fields[0]!.name;
        const check = compileDatumCheck(parseAvroSchema(document));
        const readSlowly = compileReader(text);
        const [whole, projected] = [{}, { fields: [first] }].map((options) =>
          compileRecordReader(text, options),
        );
        for (const { at, byte, cut, around } of ways) {
          const datum = randomDatum(document);
          datum[at % datum.length] = byte;
          const bytes = datum.subarray(0, datum.length - (cut % datum.length));
          const framed = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), bytes]);
          const isDatum = check(framed, 0, framed.length);
          for (const read of [whole!, projected!]) {
            const code = codeOf(() => readWithin(read, bytes, around));
            expect(code).toBe(isDatum ? undefined : 'avro.datum-invalid');
          }
          counts[isDatum ? 'taken' : 'refused'] += 1;
          if (isDatum) expect(readWithin(whole!, bytes)).toEqual(readSlowly(bytes));
        }
      }),
      { numRuns: 100 },
    );
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(50);
  });
});

describe('longs', () => {
  const text = record([{ name: 'a', type: 'long' }]);
  const write = compileWriter(text);
  const int64 = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.maxSafeInteger().map(BigInt),
    fc.integer({ min: -300, max: 300 }).map(BigInt),
    fc.tuple(fc.nat({ max: 62 }), fc.integer({ min: -2, max: 2 })).map(([bit, off]) => {
      return 2n ** BigInt(bit) + BigInt(off);
    }),
    fc.constantFrom(-4503599627370497n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n), 1n - 2n ** 53n),
  );
  const isSafe = (value: bigint) => Number.isSafeInteger(Number(value));

  test('are exact over 64 bits: numbers while they are safe, bigints beyond or as asked', () => {
    const [exact, big, number] = (['exact', 'bigint', 'number'] as const).map((longs) =>
      compileRecordReader(text, { longs }),
    );
    fc.assert(
      fc.property(int64, (value) => {
        const datum = write({ a: value });
        expect(readWithin(exact!, datum)).toEqual({ a: isSafe(value) ? Number(value) : value });
        expect(readWithin(big!, datum)).toEqual({ a: value });
        const code = codeOf(() => readWithin(number!, datum));
        expect(code).toBe(isSafe(value) ? undefined : 'avro.long-unsafe');
      }),
      { numRuns: 2_000 },
    );
  });

  test('as bigints are so in defaults, collections and promoted ints, too', () => {
    const writer = record([{ name: 'count', type: 'int' }]);
    const readerSchemaText = record([
      { name: 'count', type: 'long' },
      { name: 'list', type: { type: 'array', items: 'long' }, default: [1] },
      { name: 'safe', type: ['null', 'long'], default: null },
    ]);
    const read = compileRecordReader(writer, { readerSchemaText, longs: 'bigint' });
    expect(readWithin(read, compileWriter(writer)({ count: -3 }))).toEqual({
      count: -3n,
      list: [1n],
      safe: null,
    });
  });
});

describe('a projection', () => {
  const text = record([
    { name: 'a', type: 'long' },
    { name: 'b', type: ['null', { type: 'array', items: 'string' }] },
    { name: 'c', type: 'string' },
    { name: 'd', type: 'double' },
  ]);
  const datum = compileWriter(text)({ a: 1, b: ['x', 'é'], c: 'text', d: 0.5 });

  test('reads only the fields that are named', () => {
    expect(readWithin(compileRecordReader(text, { fields: ['c'] }), datum)).toEqual({ c: 'text' });
    const read = compileRecordReader(text, { fields: ['d', 'a'] });
    expect(readWithin(read, datum)).toEqual({ a: 1, d: 0.5 });
  });

  test('of a field that the record does not have is refused', () => {
    expect(codeOf(() => compileRecordReader(text, { fields: ['e'] }))).toBe('avro.schema-unusable');
  });
});

describe('shapes that the schema arbitrary does not make', () => {
  test('a record that holds itself', () => {
    const tree = record([
      { name: 'name', type: 'string' },
      { name: 'children', type: { type: 'array', items: 'n.R' } },
      { name: 'next', type: ['null', 'n.R'] },
    ]);
    const leaf = { name: 'leaf', children: [], next: null };
    const value = { name: 'root', children: [leaf, { ...leaf, children: [leaf] }], next: leaf };
    const datum = compileWriter(tree)(value);
    expect(readWithin(compileRecordReader(tree), datum)).toEqual(value);
    const read = compileRecordReader(tree, { readerSchemaText: tree, fields: ['next'] });
    expect(readWithin(read, datum)).toEqual({ next: leaf });
  });

  test('records within one another without an end are no datum', () => {
    const endless = record([{ name: 'self', type: ['null', 'n.R'] }]);
    const read = compileRecordReader(endless);
    expect(codeOf(() => read(Buffer.alloc(2 ** 20, 2), 0, 2 ** 20))).toBe('avro.datum-invalid');
  });

  test('a list of more items without bytes than the datum has bytes is no datum', () => {
    const nulls = record([{ name: 'a', type: { type: 'array', items: 'null' } }]);
    const huge = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0]);
    expect(codeOf(() => readWithin(compileRecordReader(nulls), huge))).toBe('avro.datum-invalid');
  });

  test('a block that tells its size in bytes is read when the size is true', () => {
    const text = record([{ name: 'a', type: { type: 'array', items: 'int' } }]);
    const write = (...bytes: number[]) => Buffer.from(bytes);
    const [whole, passing] = [{}, { fields: [] }].map((options) =>
      compileRecordReader(text, options),
    );
    expect(readWithin(whole!, write(3, 4, 8, 10, 2, 12, 0))).toEqual({ a: [4, 5, 6] });
    expect(readWithin(passing!, write(3, 4, 8, 10, 2, 12, 0))).toEqual({});
    for (const read of [whole!, passing!]) {
      for (const size of [0, 2, 6, 8, 3]) {
        const code = codeOf(() => readWithin(read, write(3, size, 8, 10, 2, 12, 0)));
        expect(code).toBe('avro.datum-invalid');
      }
    }
  });

  test('text and bytes of every length that end one byte too late are no datum', () => {
    for (const type of ['string', 'bytes']) {
      const text = record([{ name: 'a', type }]);
      const read = compileRecordReader(text);
      for (let length = 1; length < 140; length += 1) {
        const bytes = Buffer.alloc(length, 'x');
        const datum = compileWriter(text)({ a: type === 'bytes' ? bytes : String(bytes) });
        expect(codeOf(() => readWithin(read, datum.subarray(0, -1)))).toBe('avro.datum-invalid');
      }
    }
  });

  test('a union of types that JavaScript cannot tell apart wraps its values', () => {
    const text = record([{ name: 'a', type: ['null', 'int', 'double', 'string'] }]);
    const write = compileWriter(text);
    for (const a of [null, { int: 1 }, { double: 1.5 }, { string: 'x' }]) {
      expect(readWithin(compileRecordReader(text), write({ a }))).toEqual({ a });
    }
  });

  test('a map key or a field named __proto__ is a member like any other', () => {
    const text = record([
      { name: '__proto__', type: 'int' },
      { name: 'map', type: { type: 'map', values: 'int' } },
    ]);
    const key = Buffer.from('__proto__');
    const datum = Buffer.concat([Buffer.of(4, 2, 18), key, Buffer.of(6, 0)]);
    const value = readWithin(compileRecordReader(text), datum);
    expect(Object.entries(value)[0]).toEqual(['__proto__', 2]);
    expect(Object.entries(value['map'] as object)).toEqual([['__proto__', 3]]);
  });

  test('two fields that were one are both read from it', () => {
    const writer = record([{ name: 'old', type: 'int' }]);
    const readerSchemaText = record([
      { name: 'one', type: 'long', aliases: ['old'] },
      { name: 'two', type: 'double', aliases: ['old'] },
    ]);
    const datum = compileWriter(writer)({ old: 300 });
    const read = compileRecordReader(writer, { readerSchemaText });
    expect(readWithin(read, datum)).toEqual({ one: 300, two: 300 });
    expect(compileReader(writer, readerSchemaText)(datum)).toEqual({ one: 300, two: 300 });
  });

  test('a default that is an object is made anew for each record', () => {
    const writer = record([{ name: 'a', type: 'int' }]);
    const readerSchemaText = record([
      { name: 'list', type: { type: 'array', items: 'int' }, default: [] },
    ]);
    const read = compileRecordReader<{ list: number[] }>(writer, { readerSchemaText });
    const datum = compileWriter(writer)({ a: 1 });
    readWithin(read, datum).list.push(1);
    expect(readWithin(read, datum)).toEqual({ list: [] });
  });

  test('bytes are copies, which do not hold the batch that they came in', () => {
    const text = record([{ name: 'a', type: 'bytes' }]);
    const batch = compileWriter(text)({ a: Buffer.from([1, 2]) });
    const value = compileRecordReader(text)(batch, 0, batch.length);
    batch.fill(0);
    expect(value).toEqual({ a: Buffer.from([1, 2]) });
  });

  test('text of every length and script is read', () => {
    const text = record([{ name: 'a', type: 'string' }]);
    const write = compileWriter(text);
    const read = compileRecordReader(text);
    for (let length = 0; length < 20; length += 1) {
      for (const unit of ['a', 'é', '漢', '😀']) {
        const value = { a: unit.repeat(length) };
        expect(readWithin(read, write(value))).toEqual(value);
      }
    }
  });

  test('what is not a record has no reader', () => {
    expect(codeOf(() => compileRecordReader('"string"'))).toBe('avro.schema-unusable');
    expect(codeOf(() => compileRecordReader('{'))).toBe('avro.schema-unusable');
  });
});
