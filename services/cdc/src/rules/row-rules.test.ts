import { expect, test } from 'vitest';
import { createAvroOutput } from '../columns/avro-output.ts';
import { int4 } from '../columns/number-codecs.ts';
import { plainText } from '../columns/text-codecs.ts';
import { keySchemaText, valueSchemaText } from '../envelope/envelope-schema.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import { createRowRules, type RuleSettings } from './row-rules.ts';

const none: RuleSettings = {
  ...{ columnsInclude: [], columnsExclude: [], columnsMask: [], columnsMaskHash: [] },
  ...{ maskHashSalt: undefined, columnsTruncate: [], messageKeyColumns: undefined },
  ...{ columnsSourceType: [] },
};
const shape: TableShape = {
  ...{ schema: 'public', table: 't', keyColumns: [0] },
  columns: [
    { name: 'id', nullable: false, codec: plainText, identity: true },
    { name: 'n', nullable: true, codec: int4, identity: false },
    { name: 'v', nullable: true, codec: plainText, identity: false },
  ],
};
const apply = (settings: Partial<RuleSettings>) =>
  createRowRules({ ...none, ...settings }).apply(shape);
const written = (value: string, settings: Partial<RuleSettings>) => {
  const out = createAvroOutput(Buffer.alloc(1000));
  apply(settings).columns[2]?.codec.write(out, Buffer.from(value), 0, Buffer.byteLength(value));
  return out.bytes.toString('utf8', value.length > 63 ? 2 : 1, out.position);
};

test('a rule that cannot be kept is refused: it never lets a value through', () => {
  for (const [settings, reason] of [
    [{ columnsExclude: ['public.t.id'] }, /part of the key/],
    [{ columnsMask: ['5:public.t.n'] }, /is for text/],
    [{ columnsMask: ['5:public.t.id'] }, /different keys .* equal/],
    [{ columnsTruncate: ['5:public.t.id'] }, /different keys .* equal/],
    [{ columnsMask: ['many:public.t.v'] }, /number of characters/],
    [{ columnsMask: ['public.t.v'] }, /no colon/],
    [{ columnsMaskHash: ['MD4:public.t.v'], maskHashSalt: 's' }, /names no hash/],
    [{ columnsMaskHash: ['SHA-256:public.t.v'] }, /without a salt/],
    [{ messageKeyColumns: 'public.t:gone' }, /no column "gone"/],
    [{ messageKeyColumns: 'public.t:v' }, /old rows do not hold/],
    [{ columnsExclude: ['a.b.c'], columnsInclude: ['a.b.d'] }, /either/],
  ] as const) {
    expect(() => apply(settings)).toThrowError(reason);
  }
});

test('a list of columns to include keeps the key', () => {
  const { columns } = apply({ columnsInclude: ['public.t.v'] });
  expect(columns.map(({ excluded }) => excluded === true)).toEqual([false, true, false]);
});

test('a key may be hashed, and its values stay different', () => {
  const { columns } = apply({ columnsMaskHash: ['SHA-256:public.t.id'], maskHashSalt: 's' });
  expect(columns[0]?.codec).not.toBe(plainText);
});

test('asterisks tell neither the length nor a null; what a mask writes is within the room it asks for', () => {
  expect(written('abc', { columnsMask: ['3:*.v'] })).toBe('***');
  expect(written('', { columnsMask: ['3:*.v'] })).toBe('***');
  const codec = apply({ columnsMask: ['300:*.v'] }).columns[2]?.codec;
  const out = createAvroOutput(Buffer.alloc(1000));
  codec?.writeNull?.(out);
  expect(out.position).toBeLessThanOrEqual(codec?.addedBytesMax ?? 0);
});

test('the row’s schema tells the source’s type of a column where it is asked for, and the key’s does not', () => {
  const sourceType = { name: 'varchar', baseName: 'varchar', typeModifier: 24 };
  const told: TableShape = {
    ...shape,
    columns: shape.columns.map((column) => ({ ...column, sourceType })),
  };
  const fieldsOf = (settings: Partial<RuleSettings>) =>
    JSON.parse(valueSchemaText('p', createRowRules({ ...none, ...settings }).apply(told))).fields[0]
      .type[1].fields;
  expect(fieldsOf({})).toEqual([
    { name: 'id', type: 'string' },
    { name: 'n', type: ['null', 'int'], default: null },
    { name: 'v', type: ['null', 'string'], default: null },
  ]);
  const parameters = (name: string) => ({
    '__debezium.source.column.type': 'VARCHAR',
    '__debezium.source.column.length': '20',
    '__debezium.source.column.scale': '0',
    '__debezium.source.column.name': name,
  });
  expect(fieldsOf({ columnsSourceType: ['public.t.i*'] })[0]).toEqual({
    name: 'id',
    type: { type: 'string', 'connect.parameters': parameters('id') },
  });
  const rules = createRowRules({ ...none, columnsSourceType: ['*'] });
  expect(JSON.parse(keySchemaText('p', rules.apply(told)) ?? '').fields).toEqual([
    { name: 'id', type: 'string' },
  ]);
});
