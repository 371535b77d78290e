import { parseAvroSchemaText } from '@millrace/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileReader, compileWriter } from './compiled-codec.ts';
import { compileDatumCheck } from './datum-check.ts';
import { frame } from './wire-format.ts';

const schemaText = JSON.stringify({
  type: 'record',
  name: 'Trip',
  namespace: 'test',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'delay', type: 'int' },
    { name: 'price', type: 'double' },
    { name: 'late', type: 'boolean' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] } },
    { name: 'stops', type: { type: 'array', items: 'string' } },
    { name: 'tags', type: { type: 'map', values: 'long' } },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 4 } },
  ],
});

const check = compileDatumCheck(parseAvroSchemaText(schemaText));
/** Amid other bytes: whatever stands around a datum must make no difference. */
const isDatum = (framed: Buffer): boolean => {
  const around = Buffer.from([2, 0, 4]);
  const end = around.length + framed.length;
  return check(Buffer.concat([around, framed, around]), around.length, end);
};
const write = compileWriter(schemaText);
const read = compileReader(schemaText);

const trips = fc.record({
  id: fc.string(),
  at: fc.maxSafeInteger(),
  delay: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  price: fc.double({ noNaN: true }),
  late: fc.boolean(),
  note: fc.option(fc.string()),
  kind: fc.constantFrom('A', 'B'),
  stops: fc.array(fc.string(), { maxLength: 4 }),
  tags: fc.dictionary(fc.string(), fc.integer(), { maxKeys: 4 }),
  hash: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
});

test('what the writer makes is a datum, and with a byte more or less it is none', () => {
  fc.assert(
    fc.property(trips, (trip) => {
      const framed = frame(7, write(trip));
      expect(isDatum(framed)).toBe(true);
      expect(isDatum(Buffer.concat([framed, Buffer.from([0])]))).toBe(false);
      expect(isDatum(framed.subarray(0, -1))).toBe(false);
    }),
  );
});

test('bytes that the check lets through can be read, whatever was done to them', () => {
  const spoilt = fc.tuple(trips, fc.nat(), fc.nat(255));
  let passed = 0;
  fc.assert(
    fc.property(spoilt, ([trip, at, byte]) => {
      const framed = frame(7, write(trip));
      framed[5 + (at % (framed.length - 5))] = byte;
      if (!isDatum(framed)) return;
      passed += 1;
      // Longs beyond 2^53 are exact bigints in the reader, so no datum that passes may throw.
      expect(() => read(framed.subarray(5))).not.toThrow();
    }),
    { numRuns: 2_000 },
  );
  expect(passed).toBeGreaterThan(0);
});

test('random bytes behind a good header are refused without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const framed = frame(7, Buffer.from(bytes));
      if (isDatum(framed)) expect(() => read(framed.subarray(5))).not.toThrow();
    }),
    { numRuns: 5_000 },
  );
});

test('a block of items whose size in bytes is untrue is refused, since a reader that skips it would jump', () => {
  const list = compileDatumCheck(
    parseAvroSchemaText(
      '{"type":"record","name":"L","fields":[{"name":"a","type":{"type":"array","items":"int"}}]}',
    ),
  );
  const isList = (...datum: number[]) => {
    const framed = frame(1, Buffer.from(datum));
    return list(framed, 0, framed.length);
  };
  // Two items (-2), their size, 1 and 2, the end.
  expect(isList(0x03, 0x04, 0x02, 0x04, 0x00)).toBe(true);
  expect(isList(0x03, 0x06, 0x02, 0x04, 0x00)).toBe(false);
  expect(isList(0x03, 0x02, 0x02, 0x04, 0x00)).toBe(false);
  expect(isList(0x03, 0x03, 0x02, 0x04, 0x00)).toBe(false);
});
