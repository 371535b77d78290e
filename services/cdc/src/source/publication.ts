/**
 * The publications of a source: what PostgreSQL decodes for us. Tables without a replica identity go into
 * one of their own that publishes inserts (and truncates) only, because publishing their updates would make
 * PostgreSQL refuse every UPDATE and DELETE that an application sends.
 */
import { MillraceError } from '@millrace/contracts';
import pg from 'pg';
import type { CdcConfig } from '../config.ts';
import type { CatalogTable, TableName } from './catalog.ts';
import type { SourceConnection } from './source-connection.ts';

export interface PublicationWish {
  readonly names: PublicationNames;
  /** Of insert, update, delete, truncate. */
  readonly operations: readonly string[];
  /** Changes of partitions are published as changes of their root. */
  readonly viaRoot: boolean;
  /** False: the owner of the tables makes them, and they are checked only. */
  readonly isManaged: boolean;
}

export interface PublicationNames {
  readonly all: string;
  readonly insertsOnly: string;
}

export const publicationNames = (slotName: string): PublicationNames => ({
  all: slotName,
  insertsOnly: `${slotName}_inserts`,
});

export const publicationWish = (
  config: Pick<CdcConfig, 'operations' | 'partitions' | 'publication'>,
  slotName: string,
): PublicationWish => ({
  names: publicationNames(slotName),
  operations: config.operations,
  viaRoot: config.partitions === 'root',
  isManaged: config.publication === 'managed',
});

export const hasReplicaIdentity = ({ hasIdentity }: CatalogTable): boolean => hasIdentity;

const quoted = (table: TableName): string =>
  `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.table)}`;

/** Every table of a publication is locked: one that is vacuumed by hand or gets an index lets us wait. */
const LOCK_TIMEOUT_MS = 3000;

const INSERT_ONLY = ['insert', 'truncate'];

interface WantedPublication {
  readonly name: string;
  readonly operations: readonly string[];
  readonly viaRoot: boolean;
  readonly tables: readonly TableName[];
}

/** The statements that bring one publication from what it is to what it should be; none when it is. */
const statementsFor = async (
  connection: SourceConnection,
  { name, operations, tables, viaRoot }: WantedPublication,
): Promise<readonly string[]> => {
  const identifier = pg.escapeIdentifier(name);
  const [existing] = await connection.query<{
    allTables: boolean;
    operations: readonly string[];
    viaRoot: boolean;
  }>(
    `select puballtables as "allTables", pubviaroot as "viaRoot",
            array_remove(array[case when pubinsert then 'insert' end, case when pubupdate then 'update' end,
              case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end], null) as operations
     from pg_publication where pubname = $1`,
    [name],
  );
  // what inherits from a table is a table of its own
  const list = tables.map((table) => `only ${quoted(table)}`).join(', ');
  const options = `(publish = '${operations.join(', ')}', publish_via_partition_root = ${viaRoot})`;
  if (existing === undefined) {
    const forTables = tables.length === 0 ? '' : `for table ${list} `;
    return [`create publication ${identifier} ${forTables}with ${options}`];
  }
  const sameOptions =
    existing.viaRoot === viaRoot &&
    existing.operations.length === operations.length &&
    operations.every((operation) => existing.operations.includes(operation));
  const statements = sameOptions ? [] : [`alter publication ${identifier} set ${options}`];
  if (existing.allTables) return statements;
  const published = await connection.query<TableName>(
    `select n.nspname as schema, c.relname as "table"
     from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
     join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
     where p.pubname = $1`,
    [name],
  );
  const before = new Set(published.map(quoted));
  if (before.size === tables.length && tables.every((table) => before.has(quoted(table)))) {
    return statements;
  }
  const change =
    tables.length > 0 ? `set table ${list}` : `drop table ${published.map(quoted).join(', ')}`;
  return [...statements, `alter publication ${identifier} ${change}`];
};

/** Every statement that is missing for the publications to hold exactly `tables`. */
export const publicationStatements = async (
  connection: SourceConnection,
  wish: PublicationWish,
  tables: readonly CatalogTable[],
): Promise<readonly string[]> => {
  const { names, operations, viaRoot } = wish;
  const insertsOnly = operations.filter((operation) => INSERT_ONLY.includes(operation));
  const blind = tables.filter((table) => !hasReplicaIdentity(table));
  const whole = tables.filter(hasReplicaIdentity);
  // a table leaves one before it enters the other: in both, its updates would be published
  return [
    ...(await statementsFor(connection, {
      ...{ name: names.insertsOnly, operations: insertsOnly, viaRoot, tables: blind },
    })),
    ...(await statementsFor(connection, { name: names.all, operations, viaRoot, tables: whole })),
  ];
};

/**
 * Makes the publications hold exactly `tables`; returns whether something was changed. Throws `cdc.source-unfit`
 * with the statements when they are another's to run, and what `isLockedOut` knows while a table is vacuumed or altered.
 */
export const ensurePublications = async (
  connection: SourceConnection,
  wish: PublicationWish,
  tables: readonly CatalogTable[],
): Promise<boolean> => {
  const statements = await publicationStatements(connection, wish, tables);
  if (!wish.isManaged && statements.length > 0) {
    throw new MillraceError(
      'cdc.source-unfit',
      `the tables' owner must run: ${statements.join('; ')}`,
    );
  }
  if (statements.length === 0) return false;
  // At one moment: a table that moves between the two is never in neither. One message is one transaction; a BEGIN would
  // leave an aborted one behind for whoever asks next on this connection.
  await connection.query([`set local lock_timeout = ${LOCK_TIMEOUT_MS}`, ...statements].join('; '));
  return true;
};

/**
 * Those of `tables` that the publications hold as they are, each as the one that holds it does; none where anything else than
 * tables that have yet to join or to move keeps the publications from what is wished.
 */
export const publishedAlready = async (
  connection: SourceConnection,
  wish: PublicationWish,
  tables: readonly CatalogTable[],
): Promise<readonly CatalogTable[]> => {
  const rows = await connection.query<{ oid: string; hasIdentity: boolean }>(
    `select r.prrelid::int8 as oid, bool_or(p.pubname = $1) as "hasIdentity"
     from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
     where p.pubname in ($1, $2) group by r.prrelid`,
    [wish.names.all, wish.names.insertsOnly],
  );
  const published = new Map(rows.map(({ hasIdentity, oid }) => [Number(oid), hasIdentity]));
  const held = tables.flatMap((table) => {
    const hasIdentity = published.get(table.oid);
    return hasIdentity === undefined ? [] : [{ ...table, hasIdentity }];
  });
  return (await publicationStatements(connection, wish, held)).length === 0 ? held : [];
};
