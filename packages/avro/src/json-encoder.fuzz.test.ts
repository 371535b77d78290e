import { type AvroRecord, parseAvroSchema } from '@millrace/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileReader, compileWriter } from './compiled-codec.ts';
import { compileJsonEncoder, type JsonEncoder } from './json-encoder.ts';
import { FRAME_HEADER_BYTES } from './wire-format.ts';

/** A type of a schema, and for its values what a person writes in JSON and what avsc reads back. */
interface Sample {
  readonly type: unknown;
  readonly values: fc.Arbitrary<{ readonly json: unknown; readonly read: unknown }>;
}

const same = <Value>(values: fc.Arbitrary<Value>) => values.map((json) => ({ json, read: json }));

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => {
  const isSafe = Number.isSafeInteger(Number(value));
  return isSafe
    ? { json: Number(value), read: Number(value) }
    : { json: String(value), read: value };
});

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => ({
  json: Buffer.from(array).toString('base64'),
  read: Buffer.from(array),
}));

const millis = fc.integer({ min: -62167219200000, max: 253402300799999 }).map((value) => ({
  json: new Date(value).toISOString(),
  read: value,
}));

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 200 }),
);

const scalars: readonly Sample[] = [
  { type: 'null', values: same(fc.constant(null)) },
  { type: 'boolean', values: same(fc.boolean()) },
  { type: 'int', values: same(fc.integer()) },
  { type: 'long', values: long },
  { type: 'float', values: same(fc.float({ noNaN: true, noDefaultInfinity: true })) },
  { type: 'double', values: same(fc.double({ noNaN: true, noDefaultInfinity: true })) },
  { type: 'string', values: same(text) },
  { type: 'bytes', values: bytes },
  { type: { type: 'long', logicalType: 'timestamp-millis' }, values: millis },
];

const sampleOf = (depth: number): fc.Arbitrary<Sample> => {
  const scalar = fc.constantFrom(...scalars);
  return depth === 0
    ? scalar
    : fc.oneof(
        { weight: 4, arbitrary: scalar },
        { weight: 1, arbitrary: sampleOf(depth - 1).map(arrayOf) },
        { weight: 1, arbitrary: sampleOf(depth - 1).map(mapOf) },
        { weight: 2, arbitrary: sampleOf(depth - 1).map(nullable) },
        { weight: 2, arbitrary: recordOf(depth - 1) },
      );
};

/** The one key that is refused. */
const mapKey = text.filter((key) => key !== '__proto__');

const arrayOf = ({ type, values }: Sample): Sample => ({
  type: { type: 'array', items: type },
  values: fc.array(values, { maxLength: 4 }).map((items) => ({
    json: items.map(({ json }) => json),
    read: items.map(({ read }) => read),
  })),
});

const mapOf = ({ type, values }: Sample): Sample => ({
  type: { type: 'map', values: type },
  values: fc.dictionary(mapKey, values, { maxKeys: 4, noNullPrototype: true }).map((entries) => ({
    json: mapEntries(entries, ({ json }) => json),
    read: mapEntries(entries, ({ read }) => read),
  })),
});

const mapEntries = <In, Out>(entries: Record<string, In>, change: (value: In) => Out) =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]));

const nullable = (sample: Sample): Sample => {
  // Avro has no union within a union, and null only once.
  if (sample.type === 'null' || Array.isArray(sample.type)) return sample;
  const nothing = { json: null, read: null };
  return { type: ['null', sample.type], values: fc.oneof(fc.constant(nothing), sample.values) };
};

let recordCount = 0;

const recordOf = (depth: number): fc.Arbitrary<Sample> =>
  fc.array(sampleOf(depth), { minLength: 1, maxLength: 5 }).map((samples) => {
    recordCount++;
    const fields = samples.map(({ type }, index) => ({ name: `f${index}`, type }));
    return {
      type: { type: 'record', name: `R${recordCount}`, namespace: 'fuzz', fields },
      values: fc.tuple(...samples.map(({ values }) => values)).map((members) => ({
        json: Object.fromEntries(members.map(({ json }, index) => [`f${index}`, json])),
        read: Object.fromEntries(members.map(({ read }, index) => [`f${index}`, read])),
      })),
    };
  });

const encoderOf = (type: unknown): JsonEncoder =>
  compileJsonEncoder(parseAvroSchema(type) as AvroRecord, { schemaId: 1 });

const record = recordOf(3);

/** Compiling a schema for every run takes its time on a busy machine. */
const options = { timeout: 60_000 };

test('avsc reads exactly what was written, and writes the same bytes', options, () => {
  const cases = record.chain(({ type, values }) => fc.tuple(fc.constant(type), values));
  fc.assert(
    fc.property(cases, ([type, { json, read }]) => {
      const encoding = encoderOf(type).encode(json);
      if (!encoding.ok) throw new Error(JSON.stringify(encoding.problems));
      const datum = encoding.datum.subarray(FRAME_HEADER_BYTES);
      const schemaText = JSON.stringify(type);
      expect(compileReader(schemaText)(datum)).toEqual(read);
      expect(compileWriter(schemaText)(read)).toEqual(datum);
    }),
    { numRuns: 300 },
  );
});

test('no value at all makes an encoder throw, and what it accepts is a datum', options, () => {
  const garbage = fc.anything({
    maxDepth: 4,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const shaped = fc.dictionary(fc.constantFrom('f0', 'f1', 'f2', 'f3', 'f4'), garbage);
  fc.assert(
    fc.property(record, fc.oneof(garbage, shaped), ({ type }, value) => {
      const encoding = encoderOf(type).encode(value);
      if (encoding.ok) {
        compileReader(JSON.stringify(type))(encoding.datum.subarray(FRAME_HEADER_BYTES));
        return;
      }
      expect(encoding.problems.length).toBeGreaterThan(0);
      expect(encoding.problems.length).toBeLessThanOrEqual(20);
    }),
    { numRuns: 600 },
  );
});
