/** OpenLineage's required words, transcribed from its specification 2-0-2 and the facet DataQualityAssertions 1-0-2, and checked by ajv. */
import type { Contract } from '@millrace/contracts';
import type { RuleResult } from '@millrace/operations';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { runEvents } from './run-event.ts';

const facet = {
  type: 'object',
  required: ['_producer', '_schemaURL'],
  properties: { _producer: { format: 'uri' }, _schemaURL: { format: 'uri' } },
} as const;
const dataset = {
  type: 'object',
  required: ['namespace', 'name'],
  properties: {
    namespace: { type: 'string' },
    name: { type: 'string' },
    inputFacets: {
      type: 'object',
      properties: {
        dataQualityAssertions: {
          ...facet,
          required: [...facet.required, 'assertions'],
          properties: {
            ...facet.properties,
            assertions: {
              type: 'array',
              items: {
                type: 'object',
                required: ['assertion', 'success'],
                properties: {
                  assertion: { type: 'string' },
                  success: { type: 'boolean' },
                  column: { type: 'string' },
                  severity: { type: 'string' },
                  name: { type: 'string' },
                  description: { type: 'string' },
                  expected: { type: 'string' },
                  actual: { type: 'string' },
                },
              },
            },
          },
        },
      },
    },
  },
} as const;
const runEvent = {
  type: 'object',
  required: ['eventTime', 'producer', 'schemaURL', 'run', 'job'],
  properties: {
    eventTime: { type: 'string', format: 'date-time' },
    producer: { type: 'string', format: 'uri' },
    schemaURL: { type: 'string', format: 'uri' },
    eventType: { enum: ['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER'] },
    run: {
      type: 'object',
      required: ['runId'],
      properties: { runId: { type: 'string', format: 'uuid' } },
    },
    job: {
      type: 'object',
      required: ['namespace', 'name'],
      properties: {
        namespace: { type: 'string' },
        name: { type: 'string' },
        facets: {
          type: 'object',
          properties: {
            jobType: { ...facet, required: [...facet.required, 'processingType', 'integration'] },
          },
        },
      },
    },
    inputs: { type: 'array', items: dataset },
    outputs: { type: 'array', items: dataset },
  },
} as const;

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isRunEvent = ajv.compile(runEvent);

const contract = {
  id: 'flights.departed',
  topic: { name: 'events.flights.departed' },
  warehouse: { view: 'flights_departed' },
  quality: [
    {
      ...{ id: 'codes', name: 'Codes', action: 'alert' },
      check: { kind: 'invalidValues', field: 'origin', pattern: 'x' },
    },
  ],
} as unknown as Contract;
const places = { warehouse: 'clickhouse://ch:8123', database: 'dwh', kafka: 'kafka://k:9092' };
const result = (more: Partial<RuleResult>): RuleResult => ({
  ...{
    id: 'r',
    rule: 'codes',
    contract: contract.id,
    atMs: Date.UTC(2026, 0, 1),
    outcome: 'failed',
  },
  ...{
    place: 'table',
    scope: 'all',
    measured: 3,
    expected: 'mustBe 0',
    rowsChecked: 9,
    rowsFailed: 3,
  },
  ...{ share: 1, message: '3 of 9 rows, mustBe 0.', durationMs: 250 },
  ...more,
});

test('a look is a run that starts and completes, with what was asserted of its input', () => {
  const events = runEvents(contract, [result({})], places);
  for (const event of events) expect([isRunEvent(event), isRunEvent.errors]).toEqual([true, null]);
  expect(events).toMatchObject([
    { eventType: 'START', eventTime: '2025-12-31T23:59:59.750Z' },
    {
      eventType: 'COMPLETE',
      inputs: [
        {
          ...{ namespace: 'clickhouse://ch:8123', name: 'dwh.flights_departed' },
          inputFacets: {
            dataQualityAssertions: {
              assertions: [
                { assertion: 'invalidValues', success: false, column: 'origin', actual: '3' },
              ],
            },
          },
        },
      ],
    },
  ]);
  const [start, end] = events as readonly { run: { runId: string } }[];
  expect(start?.run.runId).toBe(end?.run.runId);
});

test('a look at the topic has the topic as its input; what was not measured asserts nothing', () => {
  const events = runEvents(
    contract,
    [result({ place: 'topic', scope: 'window' }), result({ outcome: 'skipped', measured: null })],
    places,
  );
  expect(events).toHaveLength(2);
  expect(events[1]).toMatchObject({
    inputs: [{ namespace: 'kafka://k:9092', name: 'events.flights.departed' }],
  });
});
