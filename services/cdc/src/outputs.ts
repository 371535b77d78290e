/**
 * Where changes go: one topic per table with its two subjects, the dead letters, the positions. Creates what
 * is missing and leaves what exists as it is.
 */
import type { RegistryClient } from '@millrace/avro';
import {
  type Contract,
  cdcStateTopicSettings,
  changeTopic,
  changeTopicPrefix,
  deadTopic,
  keySubject,
  platformTopics,
  positionsTopicSettings,
  type TopicSettings,
  valueSubject,
} from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { CapturedTable } from './captured-table.ts';
import { topicPart } from './envelope/avro-name.ts';
import { keySchemaText, valueSchemaText } from './envelope/envelope-schema.ts';
import type { TableShape } from './envelope/table-shape.ts';
import { createTableWriter } from './envelope/table-writer.ts';
import type { MessageTopic } from './messages/message-records.ts';
import { messageKeySchema, messageValueSchema } from './messages/message-schema.ts';
import { createNotify } from './notifications/create-notify.ts';
import type { Notify } from './notifications/notification.ts';
import {
  notificationKeySchema,
  notificationValueSchema,
} from './notifications/notification-schema.ts';
import type { RowRules } from './rules/row-rules.ts';
import { transactionKeySchema, transactionValueSchema } from './transactions/metadata-schema.ts';
import type { TransactionTopic } from './transactions/transaction-metadata.ts';

/** Dead letters hold what was too large for its own topic. */
const DEAD_LETTER_BYTES_MAX = 64 * 1024 * 1024;

/** Kafka's default of message.max.bytes. */
const BROKER_MESSAGE_BYTES = 1_048_588;
/** Key, headers and framing of a record. */
const BESIDE_VALUE_BYTES = 32 * 1024;

export interface OutputOptions {
  readonly admin: Admin;
  readonly registry: RegistryClient;
  readonly contracts: readonly Contract[];
  readonly source: string;
  readonly database: string;
  readonly topicPartitions: number;
  readonly topicReplication: number;
  /** Of one envelope: a topic that takes less is given a higher limit. */
  readonly recordBytesMax: number;
  readonly rules: RowRules;
  /** Untouched TOASTed values: Debezium's stand-in, or read again; auto: where a warehouse takes the rows. */
  readonly unchangedToast: 'auto' | 'placeholder' | 'reread';
  /** Of this service, for source.version. */
  readonly version: string;
}

export interface Outputs {
  /** A table with its rules applied, its topic and registered schemas. Errors: cdc.rule-invalid, registry.*, kafka.*. */
  prepareTable(shape: TableShape): Promise<CapturedTable>;
  /** `<prefix>.transaction` with its registered schemas. Errors: registry.*, kafka.*. */
  prepareTransactionTopic(): Promise<TransactionTopic>;
  /** `<prefix>.message` with its registered schemas. Errors: registry.*, kafka.*. */
  prepareMessageTopic(): Promise<MessageTopic>;
  /** Notifications on the named topic with its registered schemas; to nowhere without a name. Errors: registry.*, kafka.*. */
  prepareNotify(topic: string | undefined, nowMs: () => number): Promise<Notify>;
  /** Partitions of a topic without a contract, which is made when it is missing. Errors: kafka.*. */
  partitionsOf(topic: string): Promise<number>;
}

const topicConfig = ({ cleanupPolicy, retentionMs }: TopicSettings): Record<string, string> => ({
  'cleanup.policy': cleanupPolicy,
  'retention.ms': String(retentionMs),
});

/** The topics that the service cannot run without. */
export const ensureOwnTopics = async (
  admin: Admin,
  source: string,
  replicationFactor: number,
): Promise<void> => {
  const topicOf = (settings: TopicSettings, more: Readonly<Record<string, string>>) => ({
    name: settings.name,
    partitions: settings.partitions,
    replicationFactor,
    config: { ...topicConfig(settings), ...more },
  });
  const deadLetters = platformTopics.filter(({ name }) => name === deadTopic('cdc'));
  await admin.createTopics([
    topicOf(positionsTopicSettings(source), {}),
    topicOf(cdcStateTopicSettings(source), {}),
    ...deadLetters.map((settings) =>
      topicOf(settings, { 'max.message.bytes': String(DEAD_LETTER_BYTES_MAX) }),
    ),
  ]);
  // somebody else may have made it before: `contracts apply` knows nothing of its limit
  const [dead] = await admin.describeTopics([deadTopic('cdc')]);
  const limitBytes = Number(dead?.config['max.message.bytes'] ?? BROKER_MESSAGE_BYTES);
  if (limitBytes < DEAD_LETTER_BYTES_MAX) {
    await admin.alterTopicConfig(deadTopic('cdc'), {
      'max.message.bytes': String(DEAD_LETTER_BYTES_MAX),
    });
  }
};

export const createOutputs = (options: OutputOptions): Outputs => {
  const { admin, registry } = options;
  const prefix = changeTopicPrefix(options.source);
  const registered = new Map<string, number>();
  const routedPartitions = new Map<string, number>();

  const contractOf = (shape: TableShape): Contract | undefined =>
    options.contracts.find(
      ({ source }) =>
        source.kind === 'change' &&
        source.source === options.source &&
        source.schema === shape.schema &&
        source.table === shape.table,
    );

  const topicSettings = (name: string): TopicSettings => ({
    name,
    partitions: options.topicPartitions,
    replicationFactor: options.topicReplication,
    cleanupPolicy: 'delete',
    retentionMs: -1,
  });

  const ensureTopic = async (settings: TopicSettings): Promise<number> => {
    await admin.createTopics([
      {
        name: settings.name,
        partitions: settings.partitions,
        replicationFactor: settings.replicationFactor,
        config: topicConfig(settings),
      },
    ]);
    const [state] = await admin.describeTopics([settings.name]);
    const messageBytesMax = Number(state?.config['max.message.bytes'] ?? BROKER_MESSAGE_BYTES);
    const neededBytes = options.recordBytesMax + BESIDE_VALUE_BYTES;
    if (neededBytes > messageBytesMax) {
      await admin.alterTopicConfig(settings.name, { 'max.message.bytes': String(neededBytes) });
    }
    return state?.partitions ?? settings.partitions;
  };

  /** A subject is given its level once, before a version that the level might refuse. */
  const register = async (
    subject: string,
    schemaText: string,
    compatibility: string,
  ): Promise<number> => {
    const known = registered.get(`${subject}\n${schemaText}`);
    if (known !== undefined) return known;
    if ((await registry.latest(subject)) !== undefined) {
      await registry.setCompatibility(subject, compatibility);
    }
    const { id } = await registry.register(subject, schemaText);
    await registry.setCompatibility(subject, compatibility);
    registered.set(`${subject}\n${schemaText}`, id);
    return id;
  };

  return {
    prepareTransactionTopic: async () => {
      const topic = `${prefix}.transaction`;
      // one partition: transactions in the order of their commits
      await ensureTopic({ ...topicSettings(topic), partitions: 1 });
      return {
        topic,
        keySchemaId: await register(keySubject(topic), transactionKeySchema, 'NONE'),
        valueSchemaId: await register(valueSubject(topic), transactionValueSchema, 'NONE'),
      };
    },
    prepareMessageTopic: async () => {
      const topic = `${prefix}.message`;
      const { database, version } = options;
      return {
        topic,
        partitions: await ensureTopic(topicSettings(topic)),
        keySchemaId: await register(keySubject(topic), messageKeySchema, 'NONE'),
        valueSchemaId: await register(valueSubject(topic), messageValueSchema, 'NONE'),
        names: { version, prefix, database, schema: '', table: '' },
      };
    },
    prepareNotify: async (topic, nowMs) => {
      if (topic === undefined) return () => [];
      const target = {
        ...{ topic, connectorName: prefix },
        // one partition: in the order in which things happened
        partitions: await ensureTopic({ ...topicSettings(topic), partitions: 1 }),
        keySchemaId: await register(keySubject(topic), notificationKeySchema, 'NONE'),
        valueSchemaId: await register(valueSubject(topic), notificationValueSchema, 'NONE'),
      };
      return createNotify(target, nowMs);
    },
    partitionsOf: async (topic) => {
      const known = routedPartitions.get(topic);
      if (known !== undefined) return known;
      const partitions = await ensureTopic(topicSettings(topic));
      routedPartitions.set(topic, partitions);
      return partitions;
    },
    prepareTable: async (described) => {
      const shape = options.rules.apply(described);
      const contract = contractOf(shape);
      const topic =
        contract?.topic.name ??
        changeTopic(options.source, topicPart(shape.schema), topicPart(shape.table));
      const partitions = await ensureTopic(contract?.topic ?? topicSettings(topic));
      // without a contract's word every shape that the table takes must be writable
      const compatibility = contract?.compatibility ?? 'NONE';
      const keyText = keySchemaText(prefix, shape);
      const key =
        keyText === undefined
          ? undefined
          : await register(keySubject(topic), keyText, compatibility);
      const value = await register(
        valueSubject(topic),
        valueSchemaText(prefix, shape),
        compatibility,
      );
      const writer = createTableWriter(
        shape,
        { key, value },
        {
          version: options.version,
          prefix,
          database: options.database,
          schema: shape.schema,
          table: shape.table,
        },
      );
      const rereads =
        options.unchangedToast === 'reread' ||
        (options.unchangedToast === 'auto' && contract?.warehouse !== undefined);
      return { shape, writer, topic, partitions, rereads };
    },
  };
};
