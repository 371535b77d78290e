import { setting } from './setting.ts';

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
  kafkaBrokers: setting.list({
    env: 'MILLRACE_KAFKA_BROKERS',
    description: 'Kafka brokers to begin with, host:port separated by commas.',
  }),
  registryUrl: setting.url({
    env: 'MILLRACE_REGISTRY_URL',
    schemes: ['http', 'https'],
    description: 'Root of the schema registry’s Confluent-compatible API.',
  }),
  clickhouseUrl: setting.url({
    env: 'MILLRACE_CLICKHOUSE_URL',
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
    schemes: ['postgres', 'postgresql'],
    description: 'PostgreSQL, as postgres://user:password@host:port/database.',
  }),
};
