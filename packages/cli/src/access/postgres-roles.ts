/**
 * The SQL that gives the platform's roles on a source database what they need and nothing else: one that captures, and one that
 * compares tables for the quality service. What the capture's role needs of tables and publications is cdc/grants.ts. Pure.
 */
import { grantsSql, quoteSqlName } from '../cdc/grants.ts';

/** Where PostgreSQL runs, which decides how REPLICATION is given: its owner has no superuser at a cloud. */
export const postgresHosts = ['plain', 'aws', 'gcp', 'azure'] as const;
export type PostgresHost = (typeof postgresHosts)[number];

export interface PostgresRoles {
  readonly source: string;
  readonly host: PostgresHost;
  readonly capture: string;
  readonly quality: string;
  /** `schema.table` */
  readonly tables: readonly string[];
  /** Of them: those without a replica identity; undefined when nobody looked. */
  readonly blind?: readonly string[] | undefined;
  /** Debezium's, whose rows are read and not captured. */
  readonly signalTable?: string | undefined;
}

const settings: Readonly<Record<PostgresHost, string>> = {
  plain:
    'wal_level = logical; one of max_replication_slots and max_wal_senders a capture, and one more for snapshots',
  aws: 'rds.logical_replication = 1 in the parameter group, then a reboot',
  gcp: 'the flag cloudsql.logical_decoding = on, then a restart',
  azure: 'the server parameter wal_level = LOGICAL, then a restart',
};

/** The statement that gives REPLICATION. Source: the providers' documents on logical replication. */
export const replicationSql = (role: string, host: PostgresHost): string =>
  host === 'aws'
    ? `grant rds_replication to ${quoteSqlName(role)};`
    : `alter role ${quoteSqlName(role)} with replication;`;

const tableText = (table: string): string => table.split('.').map(quoteSqlName).join('.');

const roleSql = (role: string): readonly string[] => [
  // a password is set by \password, so that it stands in no file and no log
  `create role ${quoteSqlName(role)} with login nosuperuser nocreatedb nocreaterole connection limit 10;`,
];

/** Throws `config.invalid` for a table without its schema. */
export const rolesSql = (roles: PostgresRoles): string => {
  const { source, host, capture, quality, tables, blind, signalTable } = roles;
  const captured = [...tables, ...(signalTable === undefined ? [] : [signalTable])];
  const schemas = [...new Set(tables.map((table) => table.split('.')[0] ?? ''))];
  return [
    `-- the server: ${settings[host]}`,
    '-- as an administrator, once; then \\password for each of the two',
    ...roleSql(capture),
    replicationSql(capture, host),
    ...roleSql(quality),
    '',
    '-- as the owner of the tables; the capture then runs with MILLRACE_CDC_PUBLICATION=existing',
    grantsSql(source, capture, captured, blind, 'grants'),
    '',
    '-- as the owner of the tables: the quality service compares dimensions with their tables',
    ...schemas.map(
      (schema) => `grant usage on schema ${quoteSqlName(schema)} to ${quoteSqlName(quality)};`,
    ),
    ...tables.map((table) => `grant select on ${tableText(table)} to ${quoteSqlName(quality)};`),
  ].join('\n');
};
