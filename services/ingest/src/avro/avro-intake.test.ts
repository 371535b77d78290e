import { compileJsonEncoder, compileWriter, frame } from '@millrace/avro';
import {
  type AvroRecord,
  type Contract,
  MillraceError,
  parseAvroSchema,
} from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createAvroIntake } from './avro-intake.ts';
import type { WriterSchema } from './writer-schema.ts';

const millis = { type: 'long', logicalType: 'timestamp-millis' };
const schema = {
  type: 'record',
  name: 'trip',
  namespace: 't',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'at', type: millis },
    { name: 'seat', type: [{ type: 'string', logicalType: 'uuid' }, 'null'], default: 'x' },
    { name: 'km', type: 'double', default: 1.5 },
  ],
};
const withFields = (...fields: unknown[]) => ({ ...schema, fields });
const [id, at, seat, km] = schema.fields as [object, object, object, object];
const contract = {
  id: 't.trip',
  topic: { name: 'events.t.trip' },
  key: ['at'],
  identity: ['id'],
  schemaText: JSON.stringify(schema),
  record: parseAvroSchema(schema) as AvroRecord,
} as unknown as Contract;
const uuid = '0cb5bbf2-8a2e-4d5a-9d11-0a63c4a5a2b1';
const trip = { id: 'a', at: 5, seat: uuid, km: 2 };

const intakeOf = (registered: Record<number, object> = {}, subjects = ['events.t.trip-value']) => {
  let asked = 0;
  const intake = createAvroIntake({
    contract,
    schemaId: 7,
    registry: {
      schemaById: async (schemaId) => {
        asked += 1;
        const found = registered[schemaId];
        if (found === undefined) throw new MillraceError('registry.unknown-schema', 'none');
        return { id: schemaId, schemaText: JSON.stringify(found) };
      },
      subjectsOf: async () => subjects,
    },
  });
  return { intake, asked: () => asked };
};
const write = (written: object, value: unknown) => compileWriter(JSON.stringify(written))(value);
const take = (writer: WriterSchema, datum: Buffer) => {
  expect(writer.inspect(datum, 0, datum.length)).toEqual({ end: datum.length, problems: [] });
  return writer.take(datum, 0, datum.length);
};
const asContract = frame(7, write(schema, trip));

test('datums of the contract’s schema go on as they are, with what identifies and keys them', () => {
  expect(take(intakeOf().intake.own(), write(schema, trip))).toEqual({
    value: { id: 'a', at: 5 },
    datum: asContract,
  });
});

test('the bytes are those that the same event has as JSON', () => {
  const encoding = compileJsonEncoder(contract.record, { schemaId: 7 }).encode(trip);
  expect(encoding.ok && encoding.datum).toEqual(asContract);
});

test('a file’s schema that differs in words or leaves logical types out is the contract’s', () => {
  const { intake } = intakeOf();
  const bare = withFields(
    id,
    { name: 'at', type: 'long', doc: 'When.' },
    { ...seat, type: ['string', 'null'] },
    km,
  );
  expect(intake.foreign(JSON.stringify(bare))).toBe(intake.own());
  expect(intake.foreign(JSON.stringify({ ...schema, doc: 'A trip.' }))).toBe(intake.own());
});

test('records of another schema are resolved: order, promotion, defaults, fields of their own', () => {
  const other = withFields(
    { name: 'more', type: { type: 'map', values: 'int' } },
    { name: 'km', type: 'int' },
    at,
    id,
  );
  const { intake } = intakeOf();
  const writer = intake.foreign(JSON.stringify(other));
  const datum = write(other, { more: { x: 1 }, km: 2, at: 5, id: 'a' });
  // The default of the seat is no UUID, as an Avro default may be; the contract's own bounds still hold.
  expect(take(writer, datum)).toMatchObject({ problems: [{ path: '/seat', rule: 'format' }] });
  const seated = withFields(seat, ...other.fields);
  expect(
    take(intake.foreign(JSON.stringify(seated)), write(seated, { ...trip, more: {} })),
  ).toEqual({
    value: trip,
    datum: asContract,
  });
});

test('bytes are taken where the contract has text when they are text', () => {
  const bytes = withFields(
    { name: 'id', type: 'bytes' },
    at,
    { ...seat, type: ['bytes', 'null'] },
    km,
  );
  const writer = intakeOf().intake.foreign(JSON.stringify(bytes));
  const written = { ...trip, id: Buffer.from('a'), seat: Buffer.from(uuid) };
  expect(take(writer, write(bytes, written))).toMatchObject({ datum: asContract });
  const datum = write(bytes, { ...written, id: Buffer.from([0xff]) });
  expect(writer.inspect(datum, 0, datum.length)).toMatchObject({
    problems: [{ path: '/id', message: '/id: the text is not UTF-8' }],
  });
});

test('what cannot be read by the contract is told with its reason', () => {
  const { intake } = intakeOf();
  for (const [other, reason] of [
    [
      withFields(id, { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } }),
      'timestamp-micros',
    ],
    [withFields(id), 'at'],
    [withFields({ name: 'id', type: 'int' }, at), 'id'],
    [{ ...schema, name: 'other' }, 't.other'],
    [{ type: 'string' }, 't.trip'],
    ['nonsense', 'cannot be used'],
  ] as const) {
    const text = typeof other === 'string' ? other : JSON.stringify(other);
    expect(() => intake.foreign(text)).toThrow(
      expect.objectContaining({
        code: 'ingest.schema-incompatible',
        message: expect.stringContaining(reason),
      }),
    );
  }
});

test('a schema that is made to exhaust the reader is refused, and quickly', () => {
  const { intake } = intakeOf();
  const deep = `${'{"type":"array","items":'.repeat(5000)}"int"${'}'.repeat(5000)}`;
  expect(() => intake.foreign(deep)).toThrow(
    expect.objectContaining({ code: 'ingest.schema-incompatible' }),
  );
  expect(() => intake.foreign(' '.repeat(300_000))).toThrow('characters');
  // Each level holds the one before it twice: 2^60 leaves, were it ever unfolded.
  let type: unknown = withFields(...schema.fields);
  for (let level = 0; level < 60; level += 1)
    type = {
      type: 'record',
      name: level === 59 ? 'trip' : `level${level}`,
      namespace: level === 59 ? 't' : 'x',
      fields: [
        ...(level === 59 ? schema.fields : []),
        { name: 'a', type: level === 0 ? 'int' : type },
        { name: 'b', type: level === 0 ? 'int' : `x.level${level - 1}` },
      ],
    };
  const writer = intake.foreign(JSON.stringify(type));
  expect(writer.inspect(Buffer.alloc(10), 0, 10).end).toBe(-1);
});

test('a registered schema of the stream is passed on with its own id, and asked for once', async () => {
  const later = {
    ...schema,
    fields: [...schema.fields, { name: 'more', type: 'int', default: 0 }],
  };
  const { intake, asked } = intakeOf({ 9: later });
  const datum = write(later, { ...trip, more: 3 });
  for (let time = 0; time < 3; time += 1)
    expect(take(await intake.registered(9), datum)).toEqual({
      value: { id: 'a', at: 5 },
      datum: frame(9, datum),
    });
  expect(asked()).toBe(1);
  expect(await intake.registered(7)).toBe(intake.own());
});

test('an id that is unknown, or another stream’s, is refused, and asked for again when it comes again', async () => {
  const { intake, asked } = intakeOf();
  for (let time = 0; time < 2; time += 1)
    await expect(intake.registered(8)).rejects.toMatchObject({ code: 'ingest.schema-unknown' });
  expect(asked()).toBe(2);
  await expect(intakeOf({ 8: schema }, ['other-value']).intake.registered(8)).rejects.toMatchObject(
    {
      code: 'ingest.schema-unknown',
    },
  );
});

test('a registry that is away is something to come back for', async () => {
  const intake = createAvroIntake({
    contract,
    schemaId: 7,
    registry: {
      schemaById: async () => {
        throw new MillraceError('registry.unavailable', 'away', { retryable: true });
      },
      subjectsOf: async () => [],
    },
  });
  await expect(intake.registered(8)).rejects.toMatchObject({
    code: 'ingest.registry-unavailable',
    retryable: true,
  });
});
