/**
 * The streams as an AsyncAPI 3.0 document: a channel for each topic, with its Kafka binding and the Avro record. The application
 * it describes is the platform: it receives events, and sends what it captures and derives.
 * Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 and the Kafka binding 0.5.0.
 */
import { type Contract, topicConfig } from '@millrace/contracts';
import type { CatalogInput, Observation } from '../catalog-input.ts';
import { exampleEvent } from '../example-values.ts';

export interface AsyncApiOptions {
  readonly title: string;
  readonly version: string;
  /** `host:port`, for the document's server; left out when unknown. */
  readonly kafkaBrokers?: string;
  readonly registryUrl?: string;
}

const avroFormat = 'application/vnd.apache.avro+json;version=1.9.0';

const bindingVersion = '0.5.0';

const channelOf = (contract: Contract) => {
  const { topic, about } = contract;
  const { partitions, replicationFactor } = topic;
  const config = topicConfig(topic);
  return {
    address: topic.name,
    title: about.title ?? contract.id,
    description: contract.description,
    tags: about.tags.map((name) => ({ name })),
    messages: { [contract.name]: { $ref: `#/components/messages/${contract.id}` } },
    bindings: {
      kafka: {
        topic: topic.name,
        ...{ partitions, ...(replicationFactor > 0 && { replicas: replicationFactor }) },
        topicConfiguration: {
          'cleanup.policy': [config['cleanup.policy']],
          'retention.ms': Number(config['retention.ms']),
        },
        bindingVersion,
      },
    },
  };
};

/**
 * The record as it stands on the topic. Of a captured table that is Debezium's envelope around the row, which the capture
 * registers: it is told as registered, and not at all before that.
 */
const payloadOf = (contract: Contract, observed: Observation | undefined) => {
  const isChange = contract.source.kind === 'change';
  const text = isChange ? observed?.versions?.at(-1)?.schemaText : contract.schemaText;
  if (text === undefined) return {};
  return { payload: { schemaFormat: avroFormat, schema: JSON.parse(text) as unknown } };
};

const messageOf = (contract: Contract, observed: Observation | undefined) => ({
  name: contract.id,
  title: contract.about.title ?? contract.id,
  summary: contract.description,
  contentType: 'application/vnd.apache.avro',
  ...payloadOf(contract, observed),
  bindings: {
    kafka: {
      schemaIdLocation: 'payload',
      schemaIdPayloadEncoding: 'confluent',
      schemaLookupStrategy: 'TopicIdStrategy',
      ...(contract.key.length > 0 && {
        key: { type: 'string', description: contract.key.join(' | ') },
      }),
      bindingVersion,
    },
  },
  ...(contract.source.kind === 'event' && { examples: [{ payload: exampleEvent(contract) }] }),
});

const operationOf = ({ id, name, source }: Contract) => ({
  action: source.kind === 'event' ? 'receive' : 'send',
  channel: { $ref: `#/channels/${id}` },
  messages: [{ $ref: `#/channels/${id}/messages/${name}` }],
});

const byId = <Value>(contracts: readonly Contract[], make: (contract: Contract) => Value) =>
  Object.fromEntries(contracts.map((contract) => [contract.id, make(contract)]));

const serversOf = ({ kafkaBrokers, registryUrl }: AsyncApiOptions) =>
  kafkaBrokers === undefined
    ? {}
    : {
        servers: {
          kafka: {
            host: kafkaBrokers.split(',')[0],
            protocol: 'kafka',
            ...(registryUrl !== undefined && {
              bindings: {
                kafka: { schemaRegistryUrl: registryUrl, bindingVersion },
              },
            }),
          },
        },
      };

/** A plain value; JSON of it is the document. */
export const asyncApiDocument = (
  { contracts, observed }: Pick<CatalogInput, 'contracts' | 'observed'>,
  options: AsyncApiOptions,
): Readonly<Record<string, unknown>> => ({
  asyncapi: '3.0.0',
  info: {
    title: options.title,
    version: options.version,
    description: 'Streams of a Millrace project, from their contracts.',
  },
  defaultContentType: 'application/vnd.apache.avro',
  ...serversOf(options),
  channels: byId(contracts, channelOf),
  operations: byId(contracts, operationOf),
  components: { messages: byId(contracts, (one) => messageOf(one, observed(one.id))) },
});
