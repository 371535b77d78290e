/**
 * The API of this door as an OpenAPI 3.1 document, made of the contracts that it serves: nothing in it is written a
 * second time. Serving it, and the page to try it, is http/docs-routes.ts.
 */
import type { Stream } from '../stream.ts';
import { answerSchemas, notFound } from './answers.ts';
import { mixedPath, schemaName, streamPath } from './event-path.ts';
import { exampleEvent } from './example-event.ts';
import { jsonSchemaOf } from './json-schema.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly [member: string]: unknown;
}

/** @param streams those that are open now */
export const openApiDocument = (streams: readonly Stream[]): OpenApiDocument => ({
  openapi: '3.1.0',
  info: {
    title: 'Millrace: events',
    version: '1',
    summary: 'Takes events over HTTP and answers when they are on Kafka.',
    description: [
      'Every event is checked against its contract. An answer of 202 means that all of its events are held by all replicas in sync, or, as many as `spooled` says, by the disk of the door;',
      '207 tells of each. What failed for a passing reason is answered with 503 and `Retry-After`: send the same request again.',
    ].join('\n'),
  },
  tags: [
    { name: 'CloudEvents', description: 'Events that say their own stream.' },
    ...[...new Set(streams.map(({ contract }) => contract.domain))].map((name) => ({ name })),
    { name: 'Streams', description: 'What takes events.' },
  ],
  // Either none or a key: whether the door asks is its own setting.
  security: [{}, { key: [] }],
  paths: {
    '/v1/events': mixedPath(streams),
    ...Object.fromEntries(
      streams.map((stream) => {
        const { domain, name } = stream.contract;
        return [`/v1/events/${domain}/${name}`, streamPath(stream)];
      }),
    ),
    '/v1/streams': {
      get: {
        operationId: 'list_streams',
        tags: ['Streams'],
        summary: 'The streams that take events',
        responses: { 200: { description: 'All of them.', content: streamContent('Streams') } },
      },
    },
    '/v1/streams/{id}': {
      get: {
        operationId: 'get_stream',
        tags: ['Streams'],
        summary: 'One stream, with its schema and an event that it would accept',
        parameters: [{ name: 'id', in: 'path', required: true, schema: streamIds(streams) }],
        responses: {
          200: { description: 'The stream.', content: streamContent('Stream') },
          404: notFound,
        },
      },
    },
  },
  components: {
    schemas: {
      ...answerSchemas,
      CloudEvent: cloudEvent(streams),
      Stream: streamSchema,
      Streams: {
        type: 'object',
        required: ['streams'],
        properties: { streams: { type: 'array', items: { $ref: '#/components/schemas/Stream' } } },
      },
      ...Object.fromEntries(
        streams.map((stream) => [
          schemaName(stream),
          {
            ...jsonSchemaOf(stream.contract.record),
            title: stream.contract.id,
            examples: [exampleEvent(stream)],
          },
        ]),
      ),
    },
    securitySchemes: {
      key: { type: 'http', scheme: 'bearer', description: 'A key, where the door asks for one.' },
    },
    parameters: { 'ce-id': ceId },
  },
});

const ceId = {
  name: 'ce-id',
  in: 'header',
  description: 'The id of a single event, where the contract does not name an identity.',
  schema: { type: 'string' },
};

const streamContent = (name: string) => ({
  'application/json': { schema: { $ref: `#/components/schemas/${name}` } },
});

const streamIds = (streams: readonly Stream[]) => ({
  type: 'string',
  ...(streams.length === 0 ? {} : { enum: streams.map(({ contract }) => contract.id) }),
});

const cloudEvent = (streams: readonly Stream[]) => ({
  type: 'object',
  description:
    'A CloudEvent 1.0. Members beside these are extensions: text, whole numbers or booleans by names of lower-case letters and digits.',
  required: ['specversion', 'id', 'source', 'type'],
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', minLength: 1 },
    source: { type: 'string', minLength: 1, format: 'uri-reference' },
    type: {
      type: 'string',
      minLength: 1,
      examples: streams.map(({ contract }) => contract.id),
      description: 'The id of the stream; any text where the path names the stream.',
    },
    time: { type: 'string', format: 'date-time' },
    subject: { type: 'string', minLength: 1 },
    dataschema: { type: 'string', format: 'uri' },
    datacontenttype: { type: 'string', default: 'application/json' },
    partitionkey: {
      type: 'string',
      description: 'The Kafka key, where the contract has none.',
    },
    data: { description: 'An event of the stream.' },
    data_base64: { type: 'string', contentEncoding: 'base64' },
  },
});

const streamSchema = {
  type: 'object',
  required: ['id', 'version', 'description', 'path', 'schema'],
  properties: {
    id: { type: 'string' },
    version: { type: 'string' },
    description: { type: 'string' },
    path: { type: 'string' },
    identity: { description: 'What makes a repeated event the same event.' },
    schema: { type: 'object', description: 'The Avro record.' },
    example: { type: 'object', description: 'An event that would be accepted.' },
  },
};
