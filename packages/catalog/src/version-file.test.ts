import { expect, test } from 'vitest';
import { exampleContracts } from './testing/example-catalog.ts';
import { versionFile } from './version-file.ts';

const contractOf = (id: string) => exampleContracts().find((one) => one.id === id)!;
const departed = contractOf('flights.departed');
const airports = contractOf('flights.airports');
const fields = [{ name: 'iata', type: 'string' }];

test('a version of an event is its file as it is', () => {
  const schema = JSON.parse(departed.schemaText) as unknown;
  expect(JSON.parse(versionFile(departed, schema)!)).toEqual(schema);
});

test('of a captured table the row of the envelope is the file, under the name that the file has', () => {
  const row = { type: 'record', name: 'Value', fields };
  const envelope = {
    ...{ type: 'record', name: 'Envelope', namespace: 'changes.flights.public.airports' },
    fields: [
      { name: 'before', type: ['null', row], default: null },
      { name: 'after', type: ['null', { ...row }], default: null },
      { name: 'op', type: 'string' },
    ],
  };
  expect(JSON.parse(versionFile(airports, envelope)!)).toEqual({
    ...(JSON.parse(airports.schemaText) as object),
    fields,
  });
});

test.each([null, 'string', { type: 'enum' }, { type: 'record', fields: [] }])(
  '%j is no version of a captured table',
  (schema) => expect(versionFile(airports, schema)).toBeUndefined(),
);
