/** One path of the API's docs: what may be posted to it, type by type, with examples that would be accepted. */
import type { MediaType } from '../http/media-type.ts';
import type { Stream } from '../stream.ts';
import { eventResponses } from './answers.ts';
import { exampleEvent } from './example-event.ts';

type Schema = Readonly<Record<string, unknown>>;
interface MediaDoc {
  readonly schema: Schema;
  readonly example?: unknown;
}

const bytes = (description: string): MediaDoc => ({
  schema: { type: 'string', contentMediaType: 'application/octet-stream', description },
});

/** Where a stream's own schema stands in the document. */
export const schemaName = ({ contract }: Stream): string => contract.id;

const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const cloudEventOf = (data: Schema): Schema => ({
  allOf: [refTo('CloudEvent'), { properties: { data } }],
});

const contentOf = (stream: Stream): Readonly<Record<MediaType, MediaDoc>> => {
  const event = refTo(schemaName(stream));
  const example = exampleEvent(stream);
  const text = JSON.stringify(example);
  const envelope = exampleEnvelope(stream);
  const lines = { schema: { type: 'string', description: 'One object a line.' }, example: text };
  return {
    'application/json': {
      schema: { oneOf: [event, { type: 'array', minItems: 1, items: event }] },
      example,
    },
    'application/x-ndjson': lines,
    'application/ndjson': lines,
    'application/jsonl': lines,
    'text/plain': {
      schema: { type: 'string', description: 'JSON or NDJSON, as a beacon of a browser sends it.' },
      example: text,
    },
    'application/cloudevents+json': { schema: cloudEventOf(event), example: envelope },
    'application/cloudevents-batch+json': {
      schema: { type: 'array', minItems: 1, items: cloudEventOf(event) },
      example: [envelope],
    },
    'application/avro': bytes('An Avro object container file.'),
    'application/vnd.confluent.avro': bytes('One datum in the Confluent wire format.'),
    'avro/binary': bytes('One datum of the contract’s schema.'),
  };
};

const exampleEnvelope = (stream: Stream) => ({
  specversion: '1.0',
  id: '4f2c7e3a-1',
  source: '/example',
  type: stream.contract.id,
  time: '2026-01-31T23:59:59Z',
  data: exampleEvent(stream),
});

const header = (name: string, description: string) => ({
  ...{ name, in: 'header', description },
  schema: { type: 'string' },
});

const query = (name: string, description: string, schema: Schema) => ({
  ...{ name, in: 'query', description, schema },
});

const requestParameters = [
  query('wait', 'Answer when the events are queryable in ClickHouse, or at `timeout`.', {
    enum: ['queryable'],
  }),
  query('timeout', 'How long to wait at most, e.g. `5s`; 10 s when left out.', { type: 'string' }),
  header('Idempotency-Key', 'Makes ids `<key>/<index>` for events that have none of their own.'),
  {
    ...{ name: 'idempotency-key', in: 'query', schema: { type: 'string' } },
    description: 'The same, for beacons, which carry no headers.',
  },
];

/** `POST /v1/events/<domain>/<name>`. */
export const streamPath = (stream: Stream) => {
  const { contract } = stream;
  return {
    post: {
      operationId: `post ${contract.id}`.replace(/\W+/g, '_'),
      tags: [contract.domain],
      summary: contract.record.doc ?? contract.id,
      description: [
        contract.description,
        `Version ${contract.version}, of ${contract.owner}. Topic \`${stream.topic}\`.`,
        ...(Array.isArray(contract.identity)
          ? [`A repeat is recognised by \`${contract.identity.join(', ')}\`.`]
          : []),
        'Bodies may be compressed: `Content-Encoding` is gzip, br, zstd or deflate.',
        ...(contract.key.length > 0 ? [`Keyed by \`${contract.key.join(', ')}\`.`] : []),
      ].join('\n\n'),
      parameters: [...requestParameters, { $ref: '#/components/parameters/ce-id' }],
      requestBody: { required: true, content: contentOf(stream) },
      responses: eventResponses(),
    },
  };
};

/** `POST /v1/events`. */
export const mixedPath = (streams: readonly Stream[]) => {
  const examples = streams.slice(0, 3).map(exampleEnvelope);
  const [first] = examples;
  const example = first === undefined ? {} : { example: first };
  const batch = first === undefined ? {} : { example: examples };
  return {
    post: {
      operationId: 'post_cloud_events',
      tags: ['CloudEvents'],
      summary: 'CloudEvents of several streams',
      description:
        'Each event goes to the stream whose id its `type` is; `results` are in the order of the request.',
      parameters: requestParameters,
      requestBody: {
        required: true,
        content: {
          'application/cloudevents+json': { schema: refTo('CloudEvent'), ...example },
          'application/cloudevents-batch+json': {
            schema: { type: 'array', minItems: 1, items: refTo('CloudEvent') },
            ...batch,
          },
        },
      },
      responses: eventResponses(),
    },
  };
};
