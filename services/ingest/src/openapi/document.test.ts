import { compileJsonEncoder } from '@millrace/avro';
import { type AvroRecord, type Contract, parseAvroSchema } from '@millrace/contracts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import type { Stream } from '../stream.ts';
import { openApiDocument } from './document.ts';
import { exampleEvent } from './example-event.ts';
import { jsonSchemaOf } from './json-schema.ts';

const logical = (type: string, logicalType: string, more: object = {}) => ({
  ...{ type, logicalType },
  ...more,
});
/** A field of every kind that Avro has. */
const everyKind = {
  text: 'string',
  flag: 'boolean',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  bytes: 'bytes',
  nothing: 'null',
  maybe: ['null', 'string'],
  either: ['null', 'int', 'double', 'string'],
  kind: { type: 'enum', name: 'Kind', symbols: ['A', 'B'] },
  hash: { type: 'fixed', name: 'Hash', size: 4 },
  tags: { type: 'array', items: 'string' },
  counts: { type: 'map', values: 'long' },
  inner: { type: 'record', name: 'Inner', doc: 'Within.', fields: [{ name: 'x', type: 'int' }] },
  day: logical('int', 'date'),
  clock: logical('int', 'time-millis'),
  fineClock: logical('long', 'time-micros'),
  at: logical('long', 'timestamp-millis'),
  fineAt: logical('long', 'timestamp-micros'),
  localAt: logical('long', 'local-timestamp-millis'),
  seat: logical('string', 'uuid'),
  price: logical('bytes', 'decimal', { precision: 9, scale: 2 }),
  whole: logical('bytes', 'decimal', { precision: 3, scale: 0 }),
} as const;

const streamOf = (fields: object, examples?: Record<string, unknown>): Stream => {
  const record = parseAvroSchema({
    type: 'record',
    name: 'thing',
    namespace: 'shop',
    doc: 'A thing.',
    fields: Object.entries(fields).map(([name, type]) => ({ name, type, doc: `The ${name}.` })),
  }) as AvroRecord;
  const contract = {
    ...{ id: 'shop.thing', domain: 'shop', name: 'thing', version: '1.0.0', owner: 'us' },
    ...{ description: 'All kinds.', record, key: ['text'], identity: ['text'] },
    ...(examples === undefined ? {} : { examples }),
  } as unknown as Contract;
  const encoder = compileJsonEncoder(record, { schemaId: 1 });
  return { contract, topic: 'events.shop.thing', encoder } as Stream;
};
const thing = streamOf(everyKind);

test('the document is OpenAPI 3.1, by its published schema', async () => {
  for (const streams of [[], [thing]]) {
    const document = JSON.parse(JSON.stringify(openApiDocument(streams)));
    expect(await new Validator().validate(document)).toEqual({ valid: true });
  }
  expect(await new Validator().validate({ openapi: '3.1.0' })).toMatchObject({ valid: false });
});

test('every reference of the document leads somewhere', () => {
  const document = openApiDocument([thing]);
  const text = JSON.stringify(document);
  const references = [...text.matchAll(/"\$ref":"#([^"]+)"/g)].map(([, path]) => path!);
  expect(references.length).toBeGreaterThan(10);
  for (const path of references)
    expect(
      path
        .split('/')
        .slice(1)
        .reduce<unknown>((at, name) => (at as never)?.[name], document),
    ).toBeDefined();
});

test('the example of every kind is taken by the encoder and by the schema in the docs', () => {
  const example = exampleEvent(thing);
  expect(thing.encoder.encode(example)).toMatchObject({ ok: true });
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const validate = ajv.compile(jsonSchemaOf(thing.contract.record));
  expect(validate(example) || validate.errors).toBe(true);
  for (const [name, wrong] of Object.entries({
    text: 1,
    int: 2 ** 31,
    long: 2 ** 60,
    kind: 'C',
    at: 'yesterday',
    seat: 'x',
    more: 1,
  }))
    expect([name, validate({ ...example, [name]: wrong })]).toEqual([name, false]);
});

test('examples of the contract are shown, but for one that would not be accepted', () => {
  const stream = streamOf({ city: 'string', km: 'int' }, { city: 'Zürich', km: 'far' });
  expect(exampleEvent(stream)).toEqual({ city: 'Zürich', km: 1 });
});

test('docs of the schema are the docs of the API', () => {
  expect(jsonSchemaOf(thing.contract.record)).toMatchObject({
    description: 'A thing.',
    properties: { int: { description: 'The int.' }, inner: { description: 'The inner.' } },
  });
});
