/** OpenLineage's required words for dataset events and their facets, transcribed from its specification 2-0-2, and checked by ajv. */
import { fileURLToPath } from 'node:url';
import { loadProject } from '@millrace/runtime';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { datasetEvents } from './dataset-event.ts';

const facet = (required: readonly string[], properties: object) => ({
  type: 'object',
  required: ['_producer', '_schemaURL', ...required],
  properties: {
    _producer: { type: 'string', format: 'uri' },
    _schemaURL: { type: 'string', format: 'uri' },
    ...properties,
  },
});
const named = (type: object) => ({
  type: 'array',
  items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, ...type } },
});
const text = { type: 'string' } as const;
const datasetEvent = {
  type: 'object',
  required: ['eventTime', 'producer', 'schemaURL', 'dataset'],
  not: { anyOf: [{ required: ['job'] }, { required: ['run'] }] },
  properties: {
    eventTime: { type: 'string', format: 'date-time' },
    producer: { type: 'string', format: 'uri' },
    schemaURL: { type: 'string', format: 'uri' },
    dataset: {
      type: 'object',
      required: ['namespace', 'name'],
      properties: {
        ...{ namespace: text, name: text },
        facets: {
          type: 'object',
          required: ['schema', 'documentation', 'ownership', 'dataSource'],
          properties: {
            schema: facet(['fields'], { fields: named({ type: text, description: text }) }),
            documentation: facet(['description'], { description: text }),
            ownership: facet(['owners'], { owners: named({ type: text }) }),
            dataSource: facet([], { name: text, uri: { type: 'string', format: 'uri' } }),
          },
        },
      },
    },
  },
};
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isDatasetEvent = ajv.compile(datasetEvent);
const places = { warehouse: 'clickhouse://ch:8123', database: 'dwh', kafka: 'kafka://k:9092' };

const root = fileURLToPath(new URL('../../../../../', import.meta.url));

test('topic and table of a contract are datasets with their fields, owner and description', async () => {
  const { contracts } = await loadProject(root);
  for (const contract of contracts)
    for (const event of datasetEvents(contract, places, 0))
      expect([isDatasetEvent(event), isDatasetEvent.errors]).toEqual([true, null]);
  const departed = contracts.find(({ id }) => id === 'flights.departed')!;
  expect(datasetEvents(departed, places, 0)).toMatchObject([
    {
      dataset: {
        ...{ namespace: 'kafka://k:9092', name: 'events.flights.departed' },
        facets: { ownership: { owners: [{ name: departed.owner, type: 'TEAM' }] } },
      },
    },
    { dataset: { namespace: 'clickhouse://ch:8123', name: 'dwh.flights_departed' } },
  ]);
  const [topic, table] = datasetEvents(departed, places, 0).map(
    (event) =>
      (event as { dataset: { facets: { schema: { fields: object[] } } } }).dataset.facets.schema
        .fields,
  );
  expect(topic).toContainEqual(expect.objectContaining({ name: 'origin', type: 'string' }));
  for (const fields of [topic, table])
    expect(fields).toContainEqual(
      expect.objectContaining({ name: 'delay_minutes', description: expect.stringMatching(/./) }),
    );
  expect(table).toContainEqual(
    expect.objectContaining({ name: 'origin', type: 'LowCardinality(String)' }),
  );
});

test('a stream without a table is one dataset', async () => {
  const { contracts } = await loadProject(root);
  const { warehouse: _, ...contract } = contracts.find(({ id }) => id === 'flights.departed')!;
  expect(datasetEvents(contract, places, 0)).toHaveLength(1);
});
