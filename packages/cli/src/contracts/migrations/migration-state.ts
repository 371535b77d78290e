import { type ClickHouse, quoteLiteral } from '@millrace/clickhouse';
import type { Migration, StatementRecord } from '@millrace/contracts';

/**
 * What was carried out, kept where it was carried out: a row when a statement is begun and one when it has
 * ended. Rows are only ever added, so the table is also the history.
 */
export const migrationsTable = '_millrace_migrations';

const ddl = `CREATE TABLE IF NOT EXISTS ${migrationsTable}
(
  number UInt32,
  name String,
  statement UInt32,
  checksum String,
  state LowCardinality(String),
  by String,
  at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = MergeTree ORDER BY (number, statement, at)
COMMENT 'Statements of warehouse/*.sql, as they were carried out.'`;

/** Makes the table of the records where it is missing. */
export const prepareMigrationState = (clickhouse: ClickHouse): Promise<void> =>
  clickhouse.exec(ddl);

/** In the order in which they were written; empty where nothing was ever carried out. */
export const readMigrationState = async (
  clickhouse: ClickHouse,
): Promise<readonly StatementRecord[]> => {
  const [found] = await clickhouse.query<{ exists: string }>(
    `SELECT count() AS exists FROM system.tables WHERE database = {database: String} AND name = {table: String}`,
    { database: clickhouse.database, table: migrationsTable },
  );
  if (found?.exists === '0') return [];
  return clickhouse.query<StatementRecord>(
    `SELECT number, name, statement, checksum, state FROM ${migrationsTable} ORDER BY at`,
  );
};

/** Adds one row: a statement was begun, ended, or refused without a trace. */
export const recordStatement = (
  clickhouse: ClickHouse,
  { number, name, statements }: Migration,
  statement: number,
  state: StatementRecord['state'],
  by: string,
): Promise<void> => {
  const checksum = statements[statement - 1]?.checksum ?? '';
  const texts = [checksum, state, by].map(quoteLiteral).join(', ');
  return clickhouse.exec(
    `INSERT INTO ${migrationsTable} (number, name, statement, checksum, state, by)
     SELECT ${number}, ${quoteLiteral(name)}, ${statement}, ${texts}`,
  );
};
