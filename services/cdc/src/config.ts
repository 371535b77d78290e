/** Every setting of the service, once. */
import { compatibilityLevels, schemaChangePolicies } from '@millrace/contracts';
import { floodSettings } from '@millrace/dead-letters';
import {
  type ConfigOf,
  defineConfig,
  kafkaSettings,
  platformSettings,
  setting,
} from '@millrace/runtime';

import {
  binaryModes,
  type ColumnModes,
  decimalModes,
  defaultModes,
  hstoreModes,
  intervalModes,
  timePrecisionModes,
} from './columns/column-modes.ts';
import { messageSettings } from './messages/message-settings.ts';
import { ruleSettings } from './rules/rule-settings.ts';
import { snapshotSettings } from './snapshot/snapshot-settings.ts';

const MIB = 1024 * 1024;

export const cdcConfig = defineConfig('cdc', {
  project: platformSettings.project,
  ...kafkaSettings,
  registryUrl: platformSettings.registryUrl,
  postgresUrl: platformSettings.postgresUrl,
  source: setting.string({
    env: 'MILLRACE_CDC_SOURCE',
    description:
      'Name of the captured database: topics are changes.<source>.<schema>.<table>, the slot and the publication millrace_<source>.',
  }),
  tables: setting.list({
    env: 'MILLRACE_CDC_TABLES',
    default: [],
    description:
      'Tables to capture, as schema.table; * stands for any text. Default: the tables that contracts of this source name.',
  }),
  tablesExclude: setting.list({
    env: 'MILLRACE_CDC_TABLES_EXCLUDE',
    default: [],
    description: 'Tables that are not captured although MILLRACE_CDC_TABLES matches them.',
  }),
  ...ruleSettings,
  ...messageSettings,
  unchangedToast: setting.enumeration({
    env: 'MILLRACE_CDC_UNCHANGED_TOAST',
    values: ['auto', 'placeholder', 'reread'],
    default: 'auto',
    description:
      'A TOASTed value that an UPDATE left alone: Debezium’s placeholder, or the row’s value read again. auto: reread for tables whose contract lands in the warehouse.',
  }),
  operations: setting.list({
    env: 'MILLRACE_CDC_OPERATIONS',
    default: ['insert', 'update', 'delete', 'truncate'],
    description: 'Which of insert, update, delete, truncate PostgreSQL publishes.',
  }),
  partitions: setting.enumeration({
    env: 'MILLRACE_CDC_PARTITIONS',
    values: ['root', 'leaf'],
    default: 'root',
    description:
      'Changes of a partitioned table go to the topic of its root, or of the partition that holds the row.',
  }),
  publication: setting.enumeration({
    env: 'MILLRACE_CDC_PUBLICATION',
    values: ['managed', 'existing'],
    default: 'managed',
    description:
      'managed: made and kept by the service. existing: made by the tables’ owner, and checked only (millrace cdc grants).',
  }),
  slotFailover: setting.flag({
    env: 'MILLRACE_CDC_SLOT_FAILOVER',
    default: false,
    description: 'Whether a new slot is kept on standbys, too (PostgreSQL 17 and later).',
  }),
  heartbeatMs: setting.duration({
    env: 'MILLRACE_CDC_HEARTBEAT',
    default: 10_000,
    min: 0,
    max: 3_600_000,
    description:
      'How often a message is put into the source’s log, so that an idle table set holds back no log (PostgreSQL 14 and later); 0s: never.',
  }),
  silenceTimeoutMs: setting.duration({
    env: 'MILLRACE_CDC_SILENCE_TIMEOUT',
    default: 30_000,
    min: 1000,
    max: 3_600_000,
    description:
      'After so long without a word PostgreSQL ends the sessions of an instance that is frozen or cut off, so that another can take over; after twice as long without one from PostgreSQL the service connects anew.',
  }),
  ...snapshotSettings,
  transactionMetadata: setting.flag({
    env: 'MILLRACE_CDC_TRANSACTION_METADATA',
    default: false,
    description:
      'Whether BEGIN and END of transactions go to changes.<source>.transaction, and every change says its place in its own.',
  }),
  tombstones: setting.flag({
    env: 'MILLRACE_CDC_TOMBSTONES',
    default: true,
    description: 'Whether a delete is followed by a record without a value, for compacted topics.',
  }),
  truncate: setting.enumeration({
    env: 'MILLRACE_CDC_TRUNCATE',
    values: ['skip', 'emit'],
    default: 'skip',
    description:
      'TRUNCATE: left out with a warning, or one record of op t per table; left out where the topic is compacted, since it has no key.',
  }),
  timePrecision: setting.enumeration({
    env: 'MILLRACE_CDC_TIME_PRECISION',
    values: timePrecisionModes,
    default: defaultModes.timePrecision,
    description:
      'Form of date, time and timestamp. adaptive: milliseconds up to three digits of a second, else microseconds. adaptive_time_microseconds: the same, but time always microseconds. connect: Kafka Connect’s types, in milliseconds. isostring: ISO 8601 text. microseconds, nanoseconds: that unit always.',
  }),
  decimal: setting.enumeration({
    env: 'MILLRACE_CDC_DECIMAL',
    values: decimalModes,
    default: defaultModes.decimal,
    description:
      'Form of numeric and money. precise: Avro decimals. double: floating, with loss. string: text.',
  }),
  binary: setting.enumeration({
    env: 'MILLRACE_CDC_BINARY',
    values: binaryModes,
    default: defaultModes.binary,
    description: 'Form of bytea: bytes, or text in the named encoding.',
  }),
  interval: setting.enumeration({
    env: 'MILLRACE_CDC_INTERVAL',
    values: intervalModes,
    default: defaultModes.interval,
    description:
      'Form of interval. numeric: microseconds, a month counts 365.25 / 12 days. string: ISO 8601 text.',
  }),
  hstore: setting.enumeration({
    env: 'MILLRACE_CDC_HSTORE',
    values: hstoreModes,
    default: defaultModes.hstore,
    description: 'Form of hstore: text of a JSON object, or an Avro map.',
  }),
  schemaChange: setting.enumeration({
    env: 'MILLRACE_CDC_SCHEMA_CHANGE',
    values: schemaChangePolicies,
    default: 'new_version',
    description:
      'A table altered so that readers of its topic cannot take it. new_version: registered all the same, with a warning. dead_letter: its rows go to dead.cdc until it is compatible again. halt: the service stops before the first row. A contract’s schemaChange goes first.',
  }),
  compatibility: setting.enumeration({
    env: 'MILLRACE_CDC_COMPATIBILITY',
    values: compatibilityLevels,
    default: 'NONE',
    description: 'Compatibility level of the subjects of tables without a contract.',
  }),
  topicPartitions: setting.integer({
    env: 'MILLRACE_CDC_TOPIC_PARTITIONS',
    default: 1,
    min: 1,
    max: 10_000,
    description: 'Partitions of a topic made for a table without a contract.',
  }),
  topicReplication: setting.integer({
    env: 'MILLRACE_CDC_TOPIC_REPLICATION',
    default: -1,
    min: -1,
    max: 32_767,
    description: 'Replication factor of such a topic; -1 is the broker’s default.',
  }),
  protocol: setting.enumeration({
    env: 'MILLRACE_CDC_PROTOCOL',
    values: ['auto', '1', '2', '3', '4'],
    default: 'auto',
    description:
      'Version of the replication protocol. auto: the highest that the server knows; from 2 on large transactions come while they are open.',
  }),
  binaryValues: setting.enumeration({
    env: 'MILLRACE_CDC_BINARY_VALUES',
    values: ['off', 'auto'],
    default: 'off',
    description:
      'auto: PostgreSQL sends values in binary where the form of every captured column is known. A fifth less to send; text is quicker to encode here, since most of it is copied.',
  }),
  spoolDir: setting.string({
    env: 'MILLRACE_CDC_SPOOL_DIR',
    default: '',
    description:
      'Directory for transactions that are open; the service keeps one of its own in it and empties it. Default: the system’s temporary directory.',
  }),
  spoolBytesMax: setting.bytes({
    env: 'MILLRACE_CDC_SPOOL_BYTES_MAX',
    default: 64 * 1024 * MIB,
    min: MIB,
    max: 1024 * 1024 * MIB,
    description: 'Most bytes that open transactions may take there.',
  }),
  compression: setting.enumeration({
    env: 'MILLRACE_CDC_COMPRESSION',
    values: ['none', 'gzip', 'lz4', 'zstd'],
    default: 'none',
    description: 'How record batches are compressed; on threads of their own.',
  }),
  batchRecordsMax: setting.integer({
    env: 'MILLRACE_CDC_BATCH_RECORDS_MAX',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    description: 'Records of one Kafka transaction; a larger PostgreSQL transaction is cut.',
  }),
  batchBytesMax: setting.bytes({
    env: 'MILLRACE_CDC_BATCH_BYTES_MAX',
    default: MIB,
    min: 1024,
    max: 256 * MIB,
    description: 'Keys and values of one Kafka transaction.',
  }),
  transactionIntervalMs: setting.duration({
    env: 'MILLRACE_CDC_TRANSACTION_INTERVAL',
    default: 5,
    min: 0,
    max: 60_000,
    description:
      'Least time between the starts of two Kafka transactions, unless a batch is full: a commit in a quiet moment is written at once, under load commits share one.',
  }),
  waitingBytesMax: setting.bytes({
    env: 'MILLRACE_CDC_WAITING_BYTES_MAX',
    default: 4 * MIB,
    min: 1024,
    max: 1024 * MIB,
    description: 'Encoded records that may wait for Kafka before PostgreSQL is read no further.',
  }),
  recordBytesMax: setting.bytes({
    env: 'MILLRACE_CDC_RECORD_BYTES_MAX',
    default: 1_000_000,
    min: 1024,
    max: 256 * MIB,
    description:
      'Largest value of a record; a larger one goes to dead.cdc. Topics get max.message.bytes accordingly.',
  }),
  blockedKeysMax: setting.integer({
    env: 'MILLRACE_CDC_BLOCKED_KEYS_MAX',
    default: 10_000,
    min: 1,
    max: 1_000_000,
    description:
      'Keys that may wait for a change in dead.cdc; one more stops the service: so many are no single bad row.',
  }),
  ...floodSettings('CDC'),
  transactionTimeoutMs: setting.duration({
    env: 'MILLRACE_CDC_TRANSACTION_TIMEOUT',
    default: 60_000,
    min: 1000,
    max: 900_000,
    description:
      'After this the broker aborts a transaction that a dead instance left open; taken in whole seconds.',
  }),
  tablesPollMs: setting.duration({
    env: 'MILLRACE_CDC_TABLES_POLL',
    default: 10_000,
    min: 0,
    max: 3_600_000,
    description:
      'How often tables are looked for that are new and match MILLRACE_CDC_TABLES; 0s: only at the start.',
  }),
});

export type CdcConfig = ConfigOf<typeof cdcConfig>;

export const modesOf = (config: CdcConfig): ColumnModes => ({
  timePrecision: config.timePrecision,
  decimal: config.decimal,
  binary: config.binary,
  interval: config.interval,
  hstore: config.hstore,
});
