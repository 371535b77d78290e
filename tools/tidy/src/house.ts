/**
 * The house in one table: who stands on whom. A workspace imports only from lower ranks, never from its
 * own: two packages of one rank meet in the service, which hands one to the other.
 */
export const ranks: Readonly<Record<string, number>> = {
  '@millrace/contracts': 0,
  '@millrace/pipeline': 1,
  '@millrace/pgoutput': 1,
  '@millrace/client': 1,
  '@millrace/operations': 1,
  '@millrace/catalog': 2,
  '@millrace/console': 2,
  '@millrace/avro': 2,
  '@millrace/kafka': 2,
  '@millrace/clickhouse': 2,
  '@millrace/runtime': 2,
  '@millrace/stack': 2,
  '@millrace/reconcile': 3,
  '@millrace/streams': 3,
  '@millrace/gate': 3,
  '@millrace/dead-letters': 3,
  '@millrace/cli': 4,
  '@millrace/ingest': 4,
  '@millrace/cdc': 4,
  '@millrace/sink': 4,
  '@millrace/stream-transform': 4,
  '@millrace/quality': 4,
  '@millrace/testkit': 4,
  '@millrace/chart': 4,
  '@millrace/check': 5,
  '@millrace/docs': 5,
  '@millrace/release': 5,
  '@millrace/image': 5,
  '@millrace/tidy': 5,
  '@millrace/tests': 6,
};

/** Importable from test code only. */
export const testOnlyWorkspace = '@millrace/testkit';

/**
 * What a deployment never runs, by the beginning of its path: what is imported there may be a devDependency, and an image does
 * without it.
 */
export const notDeployed: readonly string[] = [
  'packages/console/src/build/',
  'packages/console/src/page/',
  'packages/stack/src/containers.ts',
  'packages/stack/src/embedded/',
  'tools/',
];

/** A driver has one importer, so that its faults are cured once. Directories, without a slash at the end. */
export const soleImporters: Readonly<Record<string, string>> = {
  kafkajs: 'packages/kafka',
  '@clickhouse/client': 'packages/clickhouse',
  'pg-logical-replication': 'services/cdc',
  avsc: 'packages/avro',
  '@kafkajs/confluent-schema-registry': 'packages/avro',
  'prom-client': 'packages/runtime',
  pino: 'packages/runtime',
};

/** A line count past which a file or function is not read but dug through. */
export const limits = { fileLines: 400, fileLinesAim: 150, functionLines: 70, mainLines: 60 };

/** What every service shows, relative to its directory. */
export const serviceFace: readonly string[] = [
  'README.md',
  'src/main.ts',
  'src/config.ts',
  'src/pipeline.ts',
  'src/outputs.ts',
  'src/metrics.ts',
  'src/steps',
];

/** Names that say nothing about what is inside, and so collect everything. */
export const drawers: ReadonlySet<string> = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'type',
  'types',
  'misc',
  'shared',
  'lib',
  'stuff',
  'core',
]);
