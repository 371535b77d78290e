/** The answers of the door for the API's docs: their schemas, and each status with the codes that lead to it. */
import { errorCodes } from '@millrace/contracts';
import { problem, problemMediaType, statusesByCode } from '../http/problem.ts';
import type { JsonSchema } from './json-schema.ts';

const count = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });

/** Under `#/components/schemas`. */
export const answerSchemas: Readonly<Record<string, JsonSchema>> = {
  Accepted: {
    type: 'object',
    required: ['accepted'],
    properties: {
      accepted: count('Events that are held by all replicas in sync, repeats included.'),
      duplicates: count(
        'Those of them whose id had been taken before; they were not written again.',
      ),
      spooled: count('Those of them that wait on the door’s disk because Kafka is away.'),
      queryable: {
        type: 'boolean',
        description: 'With `wait=queryable`: whether all of them had landed when the answer came.',
      },
    },
  },
  Problem: {
    type: 'object',
    description: 'Problem details (RFC 9457).',
    required: ['type', 'title', 'status', 'code', 'detail', 'remedy'],
    properties: {
      type: {
        type: 'string',
        format: 'uri',
        examples: ['urn:millrace:error:ingest.event-invalid'],
      },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', description: 'A stable word for machines.' },
      detail: { type: 'string' },
      remedy: { type: 'string', description: 'What to do about it.' },
      results: { type: 'array', items: { $ref: '#/components/schemas/Result' } },
    },
  },
  Partly: {
    allOf: [
      { $ref: '#/components/schemas/Accepted' },
      {
        type: 'object',
        required: ['rejected', 'results'],
        properties: {
          rejected: count('Events that were refused.'),
          results: {
            type: 'array',
            description: 'One for each event, in the order in which they were sent.',
            items: { $ref: '#/components/schemas/Result' },
          },
        },
      },
    ],
  },
  Result: {
    type: 'object',
    required: ['index', 'status'],
    properties: {
      index: count('Place of the event in the request, from 0.'),
      id: { type: 'string', description: 'Of a CloudEvent.' },
      status: { enum: ['accepted', 'rejected'] },
      duplicate: { type: 'boolean' },
      code: { type: 'string' },
      message: { type: 'string' },
      quarantined: {
        type: 'boolean',
        description: 'Of a rejected event: whether it is kept, to be sent again from there.',
      },
      problems: {
        type: 'array',
        items: {
          type: 'object',
          required: ['path', 'rule', 'message'],
          properties: {
            path: { type: 'string', description: 'JSON Pointer (RFC 6901) to the value.' },
            rule: { type: 'string' },
            message: { type: 'string' },
          },
        },
      },
    },
  },
};

const json = (schema: string, example: unknown) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` }, example },
});

/** Each status that a request for events may get. */
export const eventResponses = (): Readonly<Record<string, unknown>> => ({
  200: {
    description: 'With `wait=queryable`: every event is queryable.',
    content: json('Accepted', { accepted: 2, queryable: true }),
  },
  202: { description: 'Every event is accepted.', content: json('Accepted', { accepted: 2 }) },
  207: {
    description: 'Some events are accepted, and `results` tells of each.',
    content: json('Partly', {
      accepted: 1,
      rejected: 1,
      results: [
        { index: 0, status: 'accepted' },
        {
          index: 1,
          status: 'rejected',
          code: 'ingest.event-invalid',
          message: '/amount: expected an int, got the string "many"',
          problems: [
            {
              path: '/amount',
              rule: 'type',
              message: '/amount: expected an int, got the string "many"',
            },
          ],
        },
      ],
    }),
  },
  ...Object.fromEntries(
    [...statusesByCode()].map(([status, codes]) => [
      String(status),
      problemResponse(status, codes),
    ]),
  ),
});

/** The refusal of a stream that is not there. */
export const notFound = {
  description: 'There is no such stream.',
  content: { [problemMediaType]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

type Codes = readonly (keyof typeof errorCodes)[];

const problemResponse = (status: number, codes: Codes) => ({
  description: codes.map((code) => `* \`${code}\`: ${errorCodes[code].summary}`).join('\n'),
  ...(status === 503 || status === 429
    ? {
        headers: {
          'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 0 } },
        },
      }
    : {}),
  content: {
    [problemMediaType]: {
      schema: {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          { properties: { code: { enum: codes }, status: { const: status } } },
        ],
      },
      example: exampleProblem(codes[0]!),
    },
  },
});

const exampleProblem = (code: Codes[number]) => problem(code, errorCodes[code].summary);
