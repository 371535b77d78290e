import { parseAvroSchema } from '@millrace/contracts';
import fc from 'fast-check';

/** Pairs of record schemas, an earlier and a later one, for property tests. Tests only. */
type Json = Record<string, unknown>;
export type SchemaDocument = { type: 'record'; name: string; fields: Json[] };

const symbolLists = [['A'], ['A', 'B'], ['B', 'C', 'A']];

/** At most one number in each: avsc refuses defaults for unions whose branches are both numbers. */
const unions = [
  ['null', 'int'],
  ['null', 'long'],
  ['int', 'null'],
  ['null', 'double', 'string'],
  ['null', 'string'],
  ['string', 'boolean'],
  ['long'],
];

const scalar = fc.constantFrom<unknown>(
  'int',
  'long',
  'float',
  'double',
  'string',
  'bytes',
  'boolean',
);

const fieldType = (name: string): fc.Arbitrary<unknown> =>
  fc.oneof(
    scalar,
    fc.constantFrom<unknown>(...unions),
    fc.record({
      type: fc.constant('enum'),
      name: fc.constant(`${name}_enum`),
      symbols: fc.constantFrom(...symbolLists),
    }),
    fc.record({
      type: fc.constant('fixed'),
      name: fc.constantFrom(`${name}_fixed`, `${name}_other`),
      size: fc.integer({ min: 1, max: 2 }),
    }),
    fc.record({ type: fc.constant('array'), items: scalar }),
    fc.record({ type: fc.constant('map'), values: scalar }),
    scalar.map((type) => ({
      type: 'record',
      name: `${name}_record`,
      fields: [{ name: 'inner', type }],
    })),
  );

/** A default that fits most of the types above; a field without a fitting one goes without. */
const withDefault = (field: Json): Json => {
  for (const value of [null, 0, '', false, [], {}, 'A']) {
    const candidate = { ...field, default: value };
    try {
      parseAvroSchema({ type: 'record', name: 'try', fields: [candidate] });
      return candidate;
    } catch {
      // Another value may fit.
    }
  }
  return field;
};

const names = ['a', 'b', 'c', 'd'];

const field = (name: string): fc.Arbitrary<Json> =>
  fc
    .record({ type: fieldType(name), optional: fc.boolean() })
    .map(({ type, optional }) => (optional ? withDefault({ name, type }) : { name, type }));

const document: fc.Arbitrary<SchemaDocument> = fc
  .tuple(fc.subarray(names, { minLength: 1 }), fc.tuple(...names.map(field)))
  .map(([chosen, fields]) => ({
    type: 'record',
    name: 'sample',
    fields: fields.filter((one) => chosen.includes(one['name'] as string)),
  }));

/** An earlier and a later schema that share most fields, so that many pairs are readable. */
export const schemaPair: fc.Arbitrary<readonly [SchemaDocument, SchemaDocument]> = fc
  .tuple(document, document, fc.subarray(names))
  .map(([from, other, replaced]) => {
    const kept = from.fields.filter((one) => !replaced.includes(one['name'] as string));
    const added = other.fields.filter(
      (one) => !kept.some((field) => field['name'] === one['name']),
    );
    return [from, { ...from, fields: [...kept, ...added] }] as const;
  });
