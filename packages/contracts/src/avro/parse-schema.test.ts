import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AvroRecord } from '../avro-schema.ts';
import { MillraceError } from '../millrace-error.ts';
import { schemaDocument } from '../testing/schema-arbitrary.ts';
import { parseAvroSchema, parseAvroSchemaText, readAvroSchema } from './parse-schema.ts';

const record = (...fields: unknown[]) => ({ type: 'record', name: 'a.r', fields });
const field = (type: unknown, rest: object = {}) => ({ name: 'x', type, ...rest });

describe('a valid schema', () => {
  test('becomes a tree in which names are replaced by what they name', () => {
    const code = { type: 'enum', name: 'code', symbols: ['A', 'B'] };
    const node = parseAvroSchema(
      record(field(code), { name: 'y', type: { type: 'array', items: 'a.code' } }),
    ) as AvroRecord;
    expect(node.fields[0]?.type).toMatchObject({ kind: 'enum', fullName: 'a.code' });
    expect(node.fields[1]?.type).toMatchObject({ kind: 'array', items: { fullName: 'a.code' } });
  });

  test('gives names the enclosing namespace unless they bring their own', () => {
    const inner = { type: 'record', name: 'inner', namespace: 'other', fields: [] };
    const node = parseAvroSchema(record(field(inner))) as AvroRecord;
    expect(node.fullName).toBe('a.r');
    expect(node.fields[0]?.type).toMatchObject({ fullName: 'other.inner' });
  });

  test('tells a default of null from no default', () => {
    const node = parseAvroSchema(
      record(field(['null', 'int'], { default: null }), { name: 'y', type: 'int' }),
    ) as AvroRecord;
    expect(node.fields[0]?.default).toEqual({ value: null });
    expect(node.fields[1]?.default).toBeUndefined();
  });

  test('keeps attributes outside the specification and unknown logical types as attributes', () => {
    expect(parseAvroSchema({ type: 'int', 'connect.name': 'n', logicalType: 'month' })).toEqual({
      kind: 'int',
      props: { 'connect.name': 'n', logicalType: 'month' },
    });
  });

  test('reads decimals on bytes and on fixed', () => {
    const decimal = { logicalType: 'decimal', precision: 18, scale: 4 };
    const logical = { name: 'decimal', precision: 18, scale: 4 };
    expect(parseAvroSchema({ type: 'bytes', ...decimal })).toMatchObject({ logical });
    expect(parseAvroSchema({ type: 'fixed', name: 'd', size: 8, ...decimal })).toMatchObject({
      logical,
    });
  });

  test('of any shape parses, and parses to the same tree from its text', () => {
    fc.assert(
      fc.property(schemaDocument, (document) => {
        const node = parseAvroSchema(document);
        expect(parseAvroSchemaText(JSON.stringify(document))).toEqual(node);
      }),
    );
  });
});

/** Each broken rule with a schema that breaks it, and the place that the message names. */
const broken: readonly (readonly [rule: string, place: string, document: unknown])[] = [
  ['type-unknown', 'x.type', record(field('strng'))],
  ['type-unknown', 'the schema itself', 7],
  ['type-unknown', 'type', { type: { type: 'int' } }],
  [
    'type-unknown',
    'x.type',
    record(field('later'), field({ type: 'fixed', name: 'later', size: 1 })),
  ],
  ['name-invalid', '1st.name', record({ name: '1st', type: 'int' })],
  ['name-invalid', 'namespace', { ...record(), name: 'r', namespace: 'a-b' }],
  [
    'name-duplicate',
    'y.type.name',
    record(field({ type: 'fixed', name: 'f', size: 1 }), {
      name: 'y',
      type: { type: 'fixed', name: 'f', size: 2 },
    }),
  ],
  ['recursive-type', 'x.type[1]', record(field(['null', 'a.r']))],
  ['fields-missing', 'the schema itself', { type: 'record', name: 'r' }],
  ['field-invalid', 'x', record({ name: 'x' })],
  ['field-duplicate', 'x.name', record(field('int'), field('int'))],
  ['order-invalid', 'x.order', record(field('int', { order: 'up' }))],
  ['doc-not-text', 'x.doc', record(field('int', { doc: 1 }))],
  ['aliases-not-a-list', 'x.aliases', record(field('int', { aliases: 'y' }))],
  ['default-invalid', 'x.default', record(field('int', { default: '1' }))],
  ['default-invalid', 'x.default', record(field('int', { default: 2 ** 31 }))],
  ['default-invalid', 'x.default', record(field('long', { default: 2 ** 53 }))],
  ['default-invalid', 'x.default', record(field('long', { default: 2 ** 53 - 1 }))],
  [
    'default-invalid',
    'x.default',
    record(field({ type: 'array', items: 'int' }, { default: ['a'] })),
  ],
  [
    'default-invalid',
    'x.default',
    record(field({ type: 'fixed', name: 'f', size: 2 }, { default: 'a' })),
  ],
  ['default-not-first-branch', 'x.default', record(field(['null', 'int'], { default: 1 }))],
  ['symbols-missing', 'the schema itself', { type: 'enum', name: 'e', symbols: [] }],
  ['symbol-duplicate', 'symbols', { type: 'enum', name: 'e', symbols: ['A', 'A'] }],
  ['default-invalid', 'default', { type: 'enum', name: 'e', symbols: ['A'], default: 'B' }],
  ['fixed-size-invalid', 'size', { type: 'fixed', name: 'f', size: 0 }],
  ['items-missing', 'the schema itself', { type: 'array' }],
  ['values-missing', 'the schema itself', { type: 'map' }],
  ['union-empty', 'the schema itself', []],
  ['union-nested', '[1]', ['null', ['int', 'string']]],
  ['union-duplicate', '[1]', ['int', { type: 'int', logicalType: 'date' }]],
  ['logical-type-misplaced', 'logicalType', { type: 'int', logicalType: 'timestamp-millis' }],
  [
    'logical-type-misplaced',
    'logicalType',
    { type: 'fixed', name: 'u', size: 8, logicalType: 'uuid' },
  ],
  ['decimal-invalid', 'precision', { type: 'bytes', logicalType: 'decimal' }],
  ['decimal-invalid', 'scale', { type: 'bytes', logicalType: 'decimal', precision: 2, scale: 3 }],
  [
    'decimal-invalid',
    'precision',
    { type: 'fixed', name: 'd', size: 2, logicalType: 'decimal', precision: 5 },
  ],
];

describe('a broken schema', () => {
  test.each(broken)('is refused by %s at %s', (rule, place, document) => {
    const refusal = () => parseAvroSchema(document);
    expect(refusal).toThrow(MillraceError);
    expect(refusal).toThrow(new RegExp(`\\[${rule}\\]`));
    try {
      refusal();
    } catch (error) {
      expect((error as Error).message.split(': ')[0]).toBe(place);
      expect(error).toMatchObject({ code: 'contracts.avro-invalid', retryable: false });
    }
  });

  test('that is not JSON says so', () => {
    expect(() => parseAvroSchemaText('{"type": ')).toThrow(/not JSON/);
  });

  test('of any kind is refused as a value, never by another error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (document) => {
        const reading = readAvroSchema(document);
        if (!reading.ok) expect(reading.problem.remedy).not.toBe('');
      }),
    );
  });
});
