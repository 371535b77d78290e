/**
 * The publications of a source: what PostgreSQL decodes for us. Tables without a replica identity go into
 * one of their own that publishes inserts (and truncates) only, because publishing their updates would make
 * PostgreSQL refuse every UPDATE and DELETE that an application sends.
 */
import pg from 'pg';
import type { CatalogTable, TableName } from './catalog.ts';
import type { SourceConnection } from './source-connection.ts';

export interface PublicationNames {
  readonly all: string;
  readonly insertsOnly: string;
}

export const publicationNames = (slotName: string): PublicationNames => ({
  all: slotName,
  insertsOnly: `${slotName}_inserts`,
});

/** True when PostgreSQL can tell which row an UPDATE or DELETE meant. */
export const hasReplicaIdentity = (table: CatalogTable): boolean =>
  table.replicaIdentity === 'f' ||
  table.replicaIdentity === 'i' ||
  (table.replicaIdentity === 'd' && table.hasPrimaryKey);

const quoted = (table: TableName): string =>
  `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.table)}`;

const ensurePublication = async (
  connection: SourceConnection,
  name: string,
  operations: string,
  tables: readonly TableName[],
): Promise<boolean> => {
  const identifier = pg.escapeIdentifier(name);
  const existing = await connection.query<{ allTables: boolean }>(
    'select puballtables as "allTables" from pg_publication where pubname = $1',
    [name],
  );
  const options = `publish = '${operations}', publish_via_partition_root = true`;
  if (existing[0] === undefined) {
    const list = tables.length === 0 ? '' : `for table ${tables.map(quoted).join(', ')}`;
    await connection.query(`create publication ${identifier} ${list} with (${options})`);
    return true;
  }
  if (existing[0].allTables) return false;
  const published = await connection.query<TableName>(
    `select n.nspname as schema, c.relname as "table"
     from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
     join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
     where p.pubname = $1`,
    [name],
  );
  const before = new Set(published.map(quoted));
  const isSame =
    before.size === tables.length && tables.every((table) => before.has(quoted(table)));
  if (isSame) return false;
  if (tables.length > 0) {
    await connection.query(
      `alter publication ${identifier} set table ${tables.map(quoted).join(', ')}`,
    );
  } else {
    await connection.query(
      `alter publication ${identifier} drop table ${published.map(quoted).join(', ')}`,
    );
  }
  return true;
};

/** Makes the publications hold exactly `tables`; returns whether something was changed. */
export const ensurePublications = async (
  connection: SourceConnection,
  names: PublicationNames,
  tables: readonly CatalogTable[],
): Promise<boolean> => {
  const whole = tables.filter(hasReplicaIdentity);
  const rest = tables.filter((table) => !hasReplicaIdentity(table));
  // a table leaves one before it enters the other: in both, its updates would be published
  const first = await ensurePublication(connection, names.insertsOnly, 'insert, truncate', rest);
  const second = await ensurePublication(
    connection,
    names.all,
    'insert, update, delete, truncate',
    whole,
  );
  return first || second;
};
