import fc from 'fast-check';

/**
 * Record schemas of every kind that Avro has but recursive ones, each named type with a name of its own, for property
 * tests of codecs. Tests only.
 */
export interface RecordSchema {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

const scalars = ['boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...scalars),
  fc.constantFrom(
    { type: 'long', logicalType: 'timestamp-millis' },
    { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
  ),
);

/** Such that JavaScript tells their branches apart, and such that it does not. */
const union: fc.Arbitrary<unknown> = fc.oneof(
  scalar.map((branch) => ['null', branch]),
  fc.constantFrom(
    ['null', 'boolean', 'double', 'string'],
    ['string', 'null'],
    ['int', 'double', 'null'],
    ['null', 'bytes', { type: 'array', items: 'string' }],
    [{ type: 'map', values: 'int' }, 'string', 'boolean'],
  ),
);

/** The name of a type is given by where it stands. */
const typeAt = (name: string, depth: number): fc.Arbitrary<unknown> => {
  const named = fc.oneof(
    fc.constant({ type: 'enum', name: `${name}_enum`, symbols: ['A', 'B', 'C'] }),
    fc.integer({ min: 1, max: 20 }).map((size) => ({ type: 'fixed', name: `${name}_fixed`, size })),
  );
  if (depth === 0) return fc.oneof(scalar, union, named);
  const inner = typeAt(name, depth - 1);
  return fc.oneof(
    { weight: 3, arbitrary: scalar },
    { weight: 2, arbitrary: union },
    { weight: 2, arbitrary: named },
    { weight: 1, arbitrary: inner.map((items) => ({ type: 'array', items })) },
    { weight: 1, arbitrary: inner.map((values) => ({ type: 'map', values })) },
    { weight: 2, arbitrary: recordAt(`${name}_record${depth}`, depth - 1) },
  );
};

const recordAt = (name: string, depth: number): fc.Arbitrary<RecordSchema> =>
  fc.integer({ min: 1, max: 5 }).chain((count) =>
    fc
      .tuple(...Array.from({ length: count }, (_, index) => typeAt(`${name}_${index}`, depth)))
      .map((types) => ({
        type: 'record' as const,
        name,
        fields: types.map((type, index) => ({ name: `f${index}`, type })),
      })),
  );

export const recordSchema: fc.Arbitrary<RecordSchema> = recordAt('sample', 2);
