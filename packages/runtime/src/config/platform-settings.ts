import { setting } from './setting.ts';

/** How to reach Kafka, the same for every service and command; `kafkaConnection` of packages/kafka reads these. */
export const kafkaSettings = {
  kafkaBrokers: setting.list({
    env: 'MILLRACE_KAFKA_BROKERS',
    description: 'Kafka brokers to begin with, host:port separated by commas.',
  }),
  kafkaTls: setting.flag({
    env: 'MILLRACE_KAFKA_TLS',
    default: false,
    description: 'Connections to Kafka are encrypted, and the brokers’ certificates checked.',
  }),
  kafkaCaFile: setting.string({
    env: 'MILLRACE_KAFKA_CA_FILE',
    optional: true,
    description:
      'Who may sign the brokers’ certificates, PEM; those that Node trusts when left out.',
  }),
  kafkaCertificateFile: setting.string({
    env: 'MILLRACE_KAFKA_CERTIFICATE_FILE',
    optional: true,
    description: 'This client’s certificate, PEM, for brokers that ask for one.',
  }),
  kafkaKeyFile: setting.string({
    env: 'MILLRACE_KAFKA_KEY_FILE',
    optional: true,
    description: 'The key of that certificate, PEM.',
  }),
  kafkaSaslMechanism: setting.enumeration({
    env: 'MILLRACE_KAFKA_SASL_MECHANISM',
    values: ['none', 'plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
    default: 'none',
    description: 'How this client says who it is.',
  }),
  kafkaUsername: setting.string({
    env: 'MILLRACE_KAFKA_USERNAME',
    optional: true,
    description: 'Who it is; the client id for oauthbearer.',
  }),
  kafkaPassword: setting.string({
    env: 'MILLRACE_KAFKA_PASSWORD',
    optional: true,
    secret: true,
    description: 'Its password; the client secret for oauthbearer.',
  }),
  kafkaPasswordFile: setting.string({
    env: 'MILLRACE_KAFKA_PASSWORD_FILE',
    optional: true,
    description: 'A file that holds the password instead; read again at every connection.',
  }),
  kafkaTokenUrl: setting.url({
    env: 'MILLRACE_KAFKA_TOKEN_URL',
    optional: true,
    schemes: ['https', 'http'],
    description: 'For oauthbearer: where tokens are given for client id and secret.',
  }),
  kafkaTokenScope: setting.string({
    env: 'MILLRACE_KAFKA_TOKEN_SCOPE',
    optional: true,
    description: 'The scope that is asked for there.',
  }),
};

/**
 * Settings that more than one service reads, ready to be named in a declaration. Those whose names begin
 * with the service's own prefix are in the service's config.ts.
 */
export const platformSettings = {
  project: setting.string({
    env: 'MILLRACE_PROJECT',
    default: '.',
    description: 'Directory of the project: its contracts are under schemas/.',
  }),
  registryUrl: setting.url({
    env: 'MILLRACE_REGISTRY_URL',
    secret: true,
    schemes: ['http', 'https'],
    description:
      'Root of the schema registry’s Confluent-compatible API; user:password@ in it where it asks for them.',
  }),
  clickhouseUrl: setting.url({
    env: 'MILLRACE_CLICKHOUSE_URL',
    secret: true,
    schemes: ['http', 'https'],
    description: 'ClickHouse, as http://user:password@host:port/database.',
  }),
  clickhouseCluster: setting.string({
    env: 'MILLRACE_CLICKHOUSE_CLUSTER',
    default: '',
    description: 'ClickHouse cluster that tables are made on; empty: the one server of the URL.',
  }),
  clickhouseReplicated: setting.flag({
    env: 'MILLRACE_CLICKHOUSE_REPLICATED',
    default: true,
    description: 'On a cluster: tables are kept on every replica (ReplicatedMergeTree).',
  }),
  clickhouseSharded: setting.flag({
    env: 'MILLRACE_CLICKHOUSE_SHARDED',
    default: false,
    description: 'On a cluster: rows are spread over the shards behind a Distributed table.',
  }),
  postgresUrl: setting.url({
    env: 'MILLRACE_POSTGRES_URL',
    secret: true,
    schemes: ['postgres', 'postgresql'],
    description: 'PostgreSQL, as postgres://user:password@host:port/database.',
  }),
};
