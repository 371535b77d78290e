/** Several sessions that see one exported snapshot, with the tables locked against being rewritten. */
import pg from 'pg';
import type { CatalogTable } from '../source/catalog.ts';
import type { SourceConnection } from '../source/source-connection.ts';

export interface ReaderOptions {
  readonly tables: readonly CatalogTable[];
  readonly streams: number;
  /** How long a table that is being altered is waited for, ms. */
  readonly lockTimeoutMs: number;
  connect(role: string, replication: boolean): Promise<SourceConnection>;
}

/** A session that sees the exported snapshot. */
const openReader = async ({ connect }: ReaderOptions, snapshotName: string) => {
  const connection = await connect('snapshot', false);
  await connection.query('begin transaction isolation level repeatable read read only');
  await connection.query(`set transaction snapshot ${pg.escapeLiteral(snapshotName)}`);
  return connection;
};

/** No ALTER TABLE, TRUNCATE or VACUUM FULL until the snapshot ends: blocks stay what they are. */
const lockTables = async (
  reader: SourceConnection,
  { lockTimeoutMs, tables }: ReaderOptions,
): Promise<void> => {
  if (tables.length === 0) return;
  const names = tables.map(
    ({ schema, table }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`,
  );
  await reader.query(`set local lock_timeout = ${lockTimeoutMs}`);
  await reader.query(`lock table ${names.join(', ')} in access share mode`);
};

/** Each session is handed to `opened` at once, so that it can be closed whatever happens. Throws `cdc.source-unavailable`. */
export const openReaders = async (
  options: ReaderOptions,
  snapshotName: string,
  opened: (reader: SourceConnection) => void,
): Promise<readonly SourceConnection[]> => {
  const readers: SourceConnection[] = [];
  for (let i = 0; i < options.streams; i++) {
    const reader = await openReader(options, snapshotName);
    opened(reader);
    readers.push(reader);
  }
  // all of them before the first row: one that waited for its lock behind an ALTER, which waits for another's,
  // would wait for ever
  for (const reader of readers) await lockTables(reader, options);
  return readers;
};
