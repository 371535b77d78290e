import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAvroSchema } from '../avro/parse-schema.ts';
import type { CompatibilityLevel } from '../contract.ts';
import { schemaDocument } from '../testing/schema-arbitrary.ts';
import { checkEvolution } from './check-evolution.ts';

const record = (fields: readonly unknown[], rest: object = {}) =>
  parseAvroSchema({ type: 'record', name: 'd.r', ...rest, fields });
const x = (type: unknown, rest: object = {}) => record([{ name: 'x', type, ...rest }]);

const rulesOf = (
  from: ReturnType<typeof record>,
  to: ReturnType<typeof record>,
  level: CompatibilityLevel,
) => checkEvolution(from, to, level).map(({ rule, path }) => `${rule} ${path}`.trim());

const millis = { type: 'long', logicalType: 'timestamp-millis' };
const micros = { type: 'long', logicalType: 'timestamp-micros' };
const decimal = (precision: number, scale: number) => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
const enumOf = (symbols: readonly string[], rest: object = {}) => ({
  type: 'enum',
  name: 'e',
  symbols,
  ...rest,
});
const fixedOf = (size: number, name = 'f') => ({ type: 'fixed', name, size });
const nested = (type: unknown) => ({
  type: 'array',
  items: { type: 'record', name: 'i', fields: [{ name: 'y', type }] },
});

type Case = readonly [string, ReturnType<typeof x>, ReturnType<typeof x>, string[], string[]];

/** What changed, from, to, what breaks new readers (BACKWARD), what breaks old readers (FORWARD). */
const cases: readonly Case[] = [
  ['nothing', x('int'), x('int'), [], []],
  ['a field added with a default', record([]), x('int', { default: 0 }), [], []],
  ['a field added without a default', record([]), x('int'), ['field-added-without-default x'], []],
  ['a field removed that has no default', x('int'), record([]), [], ['field-removed x']],
  ['a field removed that has a default', x('int', { default: 0 }), record([]), [], []],
  [
    'a field renamed with an alias',
    x('int'),
    record([{ name: 'z', type: 'int', aliases: ['x'] }]),
    [],
    ['field-removed x'],
  ],
  ['int → long', x('int'), x('long'), [], ['type-changed x']],
  ['long → int', x('long'), x('int'), ['type-changed x'], []],
  ['float → double', x('float'), x('double'), [], ['type-changed x']],
  ['int → double', x('int'), x('double'), [], ['type-changed x']],
  ['string ↔ bytes', x('string'), x('bytes'), [], []],
  ['long → double', x('long'), x('double'), ['promotion-rounds x'], ['type-changed x']],
  ['int → float', x('int'), x('float'), ['promotion-rounds x'], ['type-changed x']],
  ['double → long', x('double'), x('long'), ['type-changed x'], ['promotion-rounds x']],
  ['int → string', x('int'), x('string'), ['type-changed x'], ['type-changed x']],
  [
    'array → map',
    x({ type: 'array', items: 'int' }),
    x({ type: 'map', values: 'int' }),
    ['type-changed x'],
    ['type-changed x'],
  ],
  ['null allowed', x('int'), x(['null', 'int']), [], ['union-branch-added x']],
  ['null no longer allowed', x(['null', 'int']), x('int'), ['union-branch-removed x'], []],
  [
    'a branch removed',
    x(['null', 'int', 'string']),
    x(['null', 'int']),
    ['union-branch-removed x'],
    [],
  ],
  ['a branch promoted', x(['null', 'int']), x(['null', 'long']), [], ['union-branch-added x']],
  [
    'an enum symbol removed',
    x(enumOf(['A', 'B'])),
    x(enumOf(['A'])),
    ['enum-symbol-removed x'],
    [],
  ],
  [
    'an enum symbol removed, with a default',
    x(enumOf(['A', 'B'])),
    x(enumOf(['A'], { default: 'A' })),
    [],
    [],
  ],
  ['an enum symbol added', x(enumOf(['A'])), x(enumOf(['A', 'B'])), [], ['enum-symbol-added x']],
  [
    'a fixed resized',
    x(fixedOf(2)),
    x(fixedOf(3)),
    ['fixed-size-changed x'],
    ['fixed-size-changed x'],
  ],
  [
    'a fixed renamed',
    x(fixedOf(2, 'f')),
    x(fixedOf(2, 'g')),
    ['name-changed x'],
    ['name-changed x'],
  ],
  [
    'milliseconds → microseconds',
    x(millis),
    x(micros),
    ['logical-type-changed x'],
    ['logical-type-changed x'],
  ],
  [
    'a unit put on a bare long',
    x('long'),
    x(millis),
    ['logical-type-changed x'],
    ['logical-type-changed x'],
  ],
  [
    'a decimal rescaled',
    x(decimal(9, 2)),
    x(decimal(9, 3)),
    ['decimal-changed x'],
    ['decimal-changed x'],
  ],
  [
    'a decimal widened',
    x(decimal(9, 2)),
    x(decimal(12, 2)),
    ['decimal-changed x'],
    ['decimal-changed x'],
  ],
  [
    'a field inside an array of records',
    x(nested('int')),
    x(nested('string')),
    ['type-changed x[].y'],
    ['type-changed x[].y'],
  ],
  [
    'a map’s values',
    x({ type: 'map', values: 'int' }),
    x({ type: 'map', values: 'string' }),
    ['type-changed x{}'],
    ['type-changed x{}'],
  ],
  [
    'the record renamed',
    record([]),
    record([], { name: 'd.s' }),
    ['name-changed'],
    ['name-changed'],
  ],
  [
    'the record renamed with an alias',
    record([]),
    record([], { name: 'd.s', aliases: ['r'] }),
    [],
    ['name-changed'],
  ],
];

describe('a change of schema', () => {
  test.each(cases)('%s', (_name, from, to, backward, forward) => {
    expect(rulesOf(from, to, 'BACKWARD')).toEqual(backward);
    expect(rulesOf(from, to, 'FORWARD')).toEqual(forward);
    expect(new Set(rulesOf(from, to, 'FULL'))).toEqual(new Set([...backward, ...forward]));
    expect(rulesOf(from, to, 'NONE')).toEqual([]);
  });

  test('is judged the same for the transitive levels, one pair at a time', () => {
    const [from, to] = [record([]), x('int')];
    expect(rulesOf(from, to, 'BACKWARD_TRANSITIVE')).toEqual(rulesOf(from, to, 'BACKWARD'));
    expect(rulesOf(to, from, 'FORWARD_TRANSITIVE')).toEqual(rulesOf(to, from, 'FORWARD'));
    expect(rulesOf(from, to, 'FULL_TRANSITIVE')).toEqual(rulesOf(from, to, 'FULL'));
  });

  test('says who breaks and what to do', () => {
    const [problem] = checkEvolution(record([]), x('int'), 'BACKWARD');
    expect(problem?.message).toBe(
      'x was added without a default: consumers with the new schema fail on records written before the change.',
    );
    expect(problem?.remedy).toMatch(/default/);
  });

  test('of units is called wrong values, not failing readers', () => {
    const problems = checkEvolution(x(millis), x(micros), 'FULL');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/read wrong values, without an error/);
  });

  test('into itself breaks nothing, whatever the schema', () => {
    fc.assert(
      fc.property(schemaDocument, (document) => {
        const node = parseAvroSchema(document);
        expect(checkEvolution(node, node, 'FULL')).toEqual([]);
      }),
    );
  });

  test('by a field with a default breaks nothing in either direction, whatever the schema', () => {
    fc.assert(
      fc.property(schemaDocument, (document) => {
        const fields = [
          ...(document['fields'] as unknown[]),
          { name: 'z', type: 'int', default: 1 },
        ];
        const [from, to] = [parseAvroSchema(document), parseAvroSchema({ ...document, fields })];
        expect(checkEvolution(from, to, 'FULL')).toEqual([]);
        expect(checkEvolution(to, from, 'FULL')).toEqual([]);
      }),
    );
  });
});
