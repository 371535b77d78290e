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
  deadTopicSettings,
  keySubject,
  MillraceError,
  positionsTopicSettings,
  type SchemaChangePolicy,
  type TopicSettings,
  topicConfig,
  valueSubject,
} from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { CapturedTable } from './captured-table.ts';
import { keySchemaText, valueSchemaText } from './envelope/envelope-schema.ts';
import type { TableShape } from './envelope/table-shape.ts';
import { createTableWriter, type SchemaIds } from './envelope/table-writer.ts';
import type { MessageTopic } from './messages/message-records.ts';
import { messageKeySchema, messageValueSchema } from './messages/message-schema.ts';
import { createNotify } from './notifications/create-notify.ts';
import type { Notify } from './notifications/notification.ts';
import {
  notificationKeySchema,
  notificationValueSchema,
} from './notifications/notification-schema.ts';
import type { RowRules } from './rules/row-rules.ts';
import { contractDoubts } from './schemas/contract-doubts.ts';
import { contractMisfit } from './schemas/contract-misfit.ts';
import { incompatibleError } from './schemas/incompatible-tables.ts';
import { createSchemaRegistrar } from './schemas/register-schemas.ts';
import { transactionKeySchema, transactionValueSchema } from './transactions/metadata-schema.ts';
import type { TransactionTopic } from './transactions/transaction-metadata.ts';

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
  /** What becomes of a shape that readers cannot take, where no contract says it. */
  readonly schemaChange: SchemaChangePolicy;
  /** Level of the subjects of tables without a contract. */
  readonly compatibility: string;
  /** A schema was registered although readers cannot take it. */
  forcedSchema(subject: string, why: string): void;
  /** A contract does not agree with its table; said once of each shape. */
  doubted(contract: string, doubts: readonly string[]): void;
  /** Of this service, for source.version. */
  readonly version: string;
}

export interface Outputs {
  /**
   * A table with its rules applied, its topic and registered schemas. Errors: cdc.rule-invalid,
   * cdc.schema-incompatible, registry.*, kafka.*.
   */
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

/** A topic as it is, whoever made it. */
type EnsuredTopic = Pick<CapturedTable, 'partitions' | 'isCompacted'>;

/** No id is registered: nothing is written with these. Throws `cdc.schema-incompatible` under the policy `halt`. */
const refused = (shape: TableShape, policy: SchemaChangePolicy, incompatible: string) => {
  if (policy === 'halt') throw incompatibleError({ shape }, incompatible);
  return { key: 0, value: 0, incompatible };
};

/** Its first row would stop the capture of all tables, by a word of Kafka's that names neither table nor cure. */
const keyless = ({ schema, table }: TableShape, topic: string): MillraceError =>
  new MillraceError(
    'cdc.source-unfit',
    `"${schema}.${table}" has no key, and ${topic} is compacted, where Kafka takes no record without one: give the table a primary key, or its contract \`cleanup: delete\` and \`millrace contracts apply\` it`,
  );

/** The topics that the service cannot run without. */
export const ensureOwnTopics = async (
  admin: Admin,
  source: string,
  replicationFactor: number,
): Promise<void> => {
  const topicOf = (settings: TopicSettings) => ({
    name: settings.name,
    partitions: settings.partitions,
    replicationFactor,
    config: topicConfig(settings),
  });
  const deadLetters = deadTopicSettings('cdc');
  await admin.createTopics(
    [positionsTopicSettings(source), cdcStateTopicSettings(source), deadLetters].map(topicOf),
  );
  // it may have been made by an earlier version, under the broker's own limit
  const [dead] = await admin.describeTopics([deadLetters.name]);
  const limitBytes = Number(dead?.config['max.message.bytes'] ?? BROKER_MESSAGE_BYTES);
  if (limitBytes < deadLetters.maxMessageBytes!) {
    await admin.alterTopicConfig(deadLetters.name, {
      'max.message.bytes': String(deadLetters.maxMessageBytes),
    });
  }
};

export const createOutputs = (options: OutputOptions): Outputs => {
  const { admin, registry } = options;
  const prefix = changeTopicPrefix(options.source);
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

  const ensureTopic = async (settings: TopicSettings): Promise<EnsuredTopic> => {
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
    const isCompacted = state?.config['cleanup.policy']?.includes('compact') ?? false;
    return { partitions: state?.partitions ?? settings.partitions, isCompacted };
  };

  const misfits = new Set<string>();
  const doubted = new Set<string>();
  const tellDoubts = (shape: TableShape, contract: Contract | undefined): void => {
    const doubts = contract === undefined ? [] : contractDoubts(contract, shape);
    const text = `${contract?.id}\n${doubts.join('\n')}`;
    if (contract === undefined || doubts.length === 0 || doubted.has(text)) return;
    doubted.add(text);
    options.doubted(contract.id, doubts);
  };
  const registrar = createSchemaRegistrar(registry, options.forcedSchema);
  /** Of our own topics: whatever the schema is, it is registered. */
  const registerOwn = async (subject: string, schemaText: string): Promise<number> => {
    const registration = await registrar.register(
      { subject, schemaText, level: 'NONE' },
      'new_version',
    );
    if ('id' in registration) return registration.id;
    throw new MillraceError('registry.incompatible', registration.refused);
  };

  /** The ids of a table's schemas, and why readers cannot take them where the policy is that they need not. */
  const registerTable = async (
    shape: TableShape,
    topic: string,
    contract: Contract | undefined,
  ): Promise<SchemaIds & { readonly incompatible?: string }> => {
    const policy = contract?.schemaChange ?? options.schemaChange;
    // without a contract's word every shape that the table takes must be writable
    const level = contract?.compatibility ?? options.compatibility;
    const keyText = keySchemaText(prefix, shape);
    const valueText = valueSchemaText(prefix, shape);
    const misfit = contract === undefined ? undefined : contractMisfit(contract, valueText);
    if (misfit !== undefined && policy !== 'new_version') return refused(shape, policy, misfit);
    const key =
      keyText === undefined
        ? undefined
        : await registrar.register(
            { subject: keySubject(topic), schemaText: keyText, level },
            policy,
          );
    if (key !== undefined && 'refused' in key) return refused(shape, policy, key.refused);
    const subject = valueSubject(topic);
    const value = await registrar.register({ subject, schemaText: valueText, level }, policy);
    if ('refused' in value) return refused(shape, policy, value.refused);
    if (misfit !== undefined && !misfits.has(valueText)) options.forcedSchema(subject, misfit);
    misfits.add(valueText);
    return { key: key?.id, value: value.id };
  };

  return {
    prepareTransactionTopic: async () => {
      const topic = `${prefix}.transaction`;
      // one partition: transactions in the order of their commits
      await ensureTopic({ ...topicSettings(topic), partitions: 1 });
      return {
        topic,
        keySchemaId: await registerOwn(keySubject(topic), transactionKeySchema),
        valueSchemaId: await registerOwn(valueSubject(topic), transactionValueSchema),
      };
    },
    prepareMessageTopic: async () => {
      const topic = `${prefix}.message`;
      const { database, version } = options;
      return {
        topic,
        partitions: (await ensureTopic(topicSettings(topic))).partitions,
        keySchemaId: await registerOwn(keySubject(topic), messageKeySchema),
        valueSchemaId: await registerOwn(valueSubject(topic), messageValueSchema),
        names: { version, prefix, database, schema: '', table: '' },
      };
    },
    prepareNotify: async (topic, nowMs) => {
      if (topic === undefined) return () => [];
      const target = {
        ...{ topic, connectorName: prefix },
        // one partition: in the order in which things happened
        partitions: (await ensureTopic({ ...topicSettings(topic), partitions: 1 })).partitions,
        keySchemaId: await registerOwn(keySubject(topic), notificationKeySchema),
        valueSchemaId: await registerOwn(valueSubject(topic), notificationValueSchema),
      };
      return createNotify(target, nowMs);
    },
    partitionsOf: async (topic) => {
      const known = routedPartitions.get(topic);
      if (known !== undefined) return known;
      const { partitions } = await ensureTopic(topicSettings(topic));
      routedPartitions.set(topic, partitions);
      return partitions;
    },
    prepareTable: async (described) => {
      const shape = options.rules.apply(described);
      const contract = contractOf(shape);
      const topic = contract?.topic.name ?? changeTopic(options.source, shape.schema, shape.table);
      const ensured = await ensureTopic(contract?.topic ?? topicSettings(topic));
      if (ensured.isCompacted && shape.keyColumns.length === 0) throw keyless(shape, topic);
      tellDoubts(shape, contract);
      const { incompatible, ...ids } = await registerTable(shape, topic, contract);
      const writer = createTableWriter(shape, ids, {
        version: options.version,
        prefix,
        database: options.database,
        schema: shape.schema,
        table: shape.table,
      });
      const rereads =
        options.unchangedToast === 'reread' ||
        (options.unchangedToast === 'auto' && contract?.warehouse !== undefined);
      const base = { shape, writer, topic, ...ensured, rereads };
      return incompatible === undefined ? base : { ...base, incompatible };
    },
  };
};
