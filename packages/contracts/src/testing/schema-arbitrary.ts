import fc from 'fast-check';

/**
 * Random valid Avro record documents for property tests. Names are numbered on the way, so that no two
 * definitions share one. Tests only.
 */
type Json = Record<string, unknown>;

const plain = fc.constantFrom(
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
) as fc.Arbitrary<unknown>;

const logical = fc.constantFrom(
  { type: 'int', logicalType: 'date' },
  { type: 'long', logicalType: 'timestamp-millis' },
  { type: 'long', logicalType: 'timestamp-micros' },
  { type: 'string', logicalType: 'uuid' },
  { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 },
) as fc.Arbitrary<unknown>;

const named = fc.oneof(
  fc.record({
    type: fc.constant('enum'),
    symbols: fc.subarray(['A', 'B', 'C', 'D'], { minLength: 1 }),
  }),
  fc.record({ type: fc.constant('fixed'), size: fc.integer({ min: 1, max: 20 }) }),
);

const { type } = fc.letrec<{ type: unknown; record: Json }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    logical,
    named,
    fc.record({ type: fc.constant('array'), items: tie('type') }),
    fc.record({ type: fc.constant('map'), values: tie('type') }),
    plain.map((branch) => ['null', branch]),
    tie('record'),
  ),
  record: fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map((types) => ({
    type: 'record',
    fields: types.map((one, index) => ({ name: `f${index}`, type: one })),
  })),
}));

/** Gives every named definition a name of its own, in document order. */
const numberNames = (document: unknown, nextNumber: () => number): unknown => {
  if (Array.isArray(document)) return document.map((part) => numberNames(part, nextNumber));
  if (typeof document !== 'object' || document === null) return document;
  const definition = document as Json;
  const kind = definition['type'];
  const isNamed = kind === 'enum' || kind === 'fixed' || kind === 'record';
  const name = isNamed ? { name: `n${nextNumber()}` } : {};
  const parts = Object.entries(definition).map(([key, value]) => [
    key,
    key === 'symbols' ? value : numberNames(value, nextNumber),
  ]);
  return { ...Object.fromEntries(parts), ...name };
};

/** A record document with fields `a`, `b`, … of any type. */
export const schemaDocument: fc.Arbitrary<Json> = fc
  .array(type, { minLength: 1, maxLength: 5 })
  .map((types) => {
    let count = 0;
    const nextNumber = () => {
      count += 1;
      return count;
    };
    const fields = types.map((one, index) => ({
      name: String.fromCharCode(97 + index),
      type: numberNames(one, nextNumber),
    }));
    return { type: 'record', name: 'sample', namespace: 'made', fields };
  });
