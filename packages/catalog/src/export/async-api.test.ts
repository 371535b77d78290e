import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { exampleContracts, exampleInput } from '../testing/example-catalog.ts';
import { asyncApiDocument } from './async-api.ts';

const options = {
  title: 'Flights',
  version: '1.0.0',
  kafkaBrokers: 'kafka:9092',
  registryUrl: 'http://registry:8081',
};

const compile = () => {
  const file = fileURLToPath(import.meta.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')));
};

test('the document is AsyncAPI 3.0 by its published schema, bindings of Kafka with it', () => {
  const validate = compile();
  const envelope = JSON.stringify({ type: 'record', name: 'Envelope', fields: [] });
  const input = exampleInput(exampleContracts(), {
    'flights.airports': {
      versions: [{ version: 1, schemaId: 1, schemaText: envelope, registeredMs: null }],
    },
  });
  const document = asyncApiDocument(input, options);
  validate(document);
  expect(validate.errors).toBeNull();
  expect(document).toMatchObject({
    channels: { 'flights.departed': { address: 'events.flights.departed' } },
    operations: {
      'flights.departed': { action: 'receive' },
      'flights.delays_by_airport': { action: 'send' },
    },
    components: {
      messages: {
        'flights.departed': { payload: { schema: { name: 'departed' } } },
        'flights.airports': { payload: { schema: { name: 'Envelope' } } },
      },
    },
  });
  expect(validate({ ...document, channels: { x: { address: 3 } } })).toBe(false);
});

test('the envelope of a captured table is not made up where nobody has seen it', () => {
  const { components } = asyncApiDocument(exampleInput(), options) as {
    components: { messages: Record<string, object> };
  };
  expect(components.messages['flights.airports']).not.toHaveProperty('payload');
});
