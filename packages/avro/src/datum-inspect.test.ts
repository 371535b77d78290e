import { parseAvroSchema } from '@millrace/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileWriter } from './compiled-codec.ts';
import { compileDatumCheck } from './datum-check.ts';
import { compileDatumInspector } from './datum-inspect.ts';
import { recordSchema } from './testing/record-schema.ts';
import { frame } from './wire-format.ts';

const record = (...fields: unknown[]) => ({ type: 'record', name: 'r', namespace: 't', fields });
const inspectorOf = (schema: unknown) => compileDatumInspector(parseAvroSchema(schema));
const inspect = (schema: unknown, bytes: Buffer) => inspectorOf(schema)(bytes, 0, bytes.length);
const write = (schema: unknown, value: unknown) => compileWriter(JSON.stringify(schema))(value);

test('it finds a datum to end where the check does, whatever the schema and the bytes', () => {
  fc.assert(
    fc.property(recordSchema, fc.uint8Array({ maxLength: 40 }), (schema, random) => {
      const node = parseAvroSchema(schema);
      const bytes = Buffer.from(random);
      const { end, problems } = compileDatumInspector(node)(bytes, 0, bytes.length);
      const isDatum = compileDatumCheck(node)(frame(1, bytes), 0, bytes.length + 5);
      expect(end === bytes.length).toBe(isDatum);
      if (end === -1) expect(problems.at(-1)?.rule).toBe('bytes');
    }),
    { numRuns: 2000 },
  );
});

const trip = record(
  { name: 'id', type: 'string' },
  { name: 'seat', type: { type: 'string', logicalType: 'uuid' } },
  { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 3, scale: 1 } },
  {
    name: 'stops',
    type: { type: 'array', items: { ...record({ name: 'at', type: 'int' }), name: 'stop' } },
  },
);
const good = {
  id: 'Zürich ✈',
  seat: '0cb5bbf2-8a2e-4d5a-9d11-0a63c4a5a2b1',
  price: Buffer.from([0x7f]),
  stops: [],
};

test('a datum without fault has no problems, and its end is told amid other bytes', () => {
  const datum = write(trip, good);
  const around = Buffer.concat([Buffer.from([7, 7]), datum, Buffer.from([9])]);
  expect(inspectorOf(trip)(around, 2, around.length)).toEqual({
    end: 2 + datum.length,
    problems: [],
  });
});

test('what bytes can carry and the contract cannot is told by its path, all of it at once', () => {
  const datum = write(trip, { ...good, seat: 'x'.repeat(36), price: Buffer.from([0x7f, 0xff]) });
  datum[1] = 0xff;
  expect(inspect(trip, datum)).toEqual({
    end: datum.length,
    problems: [
      { path: '/id', rule: 'format', message: '/id: the text is not UTF-8' },
      { path: '/seat', rule: 'format', message: '/seat: expected a UUID of 36 characters' },
      { path: '/price', rule: 'range', message: '/price: the decimal has more than 3 digits' },
    ],
  });
});

test('a decimal in more bytes than the warehouse has for its digits is told, though its value would fit', () => {
  const problemsOf = (price: readonly number[]) =>
    inspect(trip, write(trip, { ...good, price: Buffer.from(price) })).problems;
  expect(problemsOf([0, 0, 0, 5])).toEqual([]);
  expect(problemsOf([0, 0, 0, 0, 5])).toEqual([
    {
      ...{ path: '/price', rule: 'range' },
      message: '/price: a decimal of 3 digits takes at most 4 bytes, and these are 5',
    },
  ]);
});

test('where bytes stop being a datum is told by its path', () => {
  const datum = write(trip, { ...good, stops: [{ at: 1 }, { at: 2 }] });
  expect(inspect(trip, datum.subarray(0, datum.length - 2))).toMatchObject({
    end: -1,
    problems: [{ path: '/stops/1/at', rule: 'bytes' }],
  });
  expect(inspect(trip, Buffer.alloc(0))).toMatchObject({
    problems: [{ path: '/id', message: '/id: the bytes end within the value' }],
  });
});

test('a block of more items than there are bytes is refused before any of them is looked at', () => {
  const nulls = record({ name: 'all', type: { type: 'array', items: 'null' } });
  // 2^40 items, as a zig-zag varint.
  const bomb = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0]);
  expect(inspect(nulls, bomb)).toMatchObject({
    end: -1,
    problems: [{ path: '/all/0', message: expect.stringContaining('items in 7 bytes') }],
  });
});

test('a time of day that the day does not have is out of range', () => {
  const clock = record({ name: 't', type: { type: 'int', logicalType: 'time-millis' } });
  expect(inspect(clock, write(clock, { t: 86_399_999 })).problems).toEqual([]);
  expect(inspect(clock, write(clock, { t: 86_400_000 })).problems).toMatchObject([
    { path: '/t', rule: 'range' },
  ]);
});

test('a type that is used in many places is compiled once, however often they multiply', () => {
  let type: unknown = record({ name: 'x', type: 'int' });
  for (let depth = 0; depth < 40; depth += 1)
    type = {
      type: 'record',
      name: `r${depth}`,
      namespace: 't',
      fields: [
        { name: 'a', type },
        { name: 'b', type: depth === 0 ? 't.r' : `t.r${depth - 1}` },
      ],
    };
  // 2^40 leaves: only a walk over the type as a graph comes to an end.
  expect(inspect(type, Buffer.alloc(3)).end).toBe(-1);
});
