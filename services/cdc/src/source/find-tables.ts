/**
 * The tables that the settings mean, as the catalog is now. Where the publications are another's, a pattern means what
 * the owner has published of it: a table that somebody makes beside them is nobody's fault. A table that is named
 * without an asterisk is meant in any case.
 */
import { selectTables } from './captured-tables.ts';
import { type CatalogTable, listTables } from './catalog.ts';
import type { PublicationWish } from './publication.ts';
import type { SourceConnection } from './source-connection.ts';

export interface FoundTables {
  readonly tables: readonly CatalogTable[];
  /** Patterns that match nothing. */
  readonly unmatched: readonly string[];
  /** Left out: they match, and their owner does not publish them. */
  readonly unpublished: readonly CatalogTable[];
}

const readPublished = async (
  connection: SourceConnection,
  { names }: PublicationWish,
): Promise<ReadonlySet<string>> => {
  const rows = await connection.query<{ table: string }>(
    `select schemaname || '.' || tablename as "table" from pg_publication_tables
     where pubname in ($1, $2)`,
    [names.all, names.insertsOnly],
  );
  return new Set(rows.map(({ table }) => table));
};

/** Throws `cdc.source-unavailable`. */
export const findTables = async (
  connection: SourceConnection,
  patterns: readonly string[],
  partitions: 'root' | 'leaf',
  publications: PublicationWish,
): Promise<FoundTables> => {
  const { tables, unmatched } = selectTables(await listTables(connection, partitions), patterns);
  if (publications.isManaged) return { tables, unmatched, unpublished: [] };
  const published = await readPublished(connection, publications);
  // without any publication there is nothing to go by: what is missing is said for all of them
  if (published.size === 0) return { tables, unmatched, unpublished: [] };
  const isMeant = ({ schema, table }: CatalogTable): boolean =>
    published.has(`${schema}.${table}`) || patterns.includes(`${schema}.${table}`);
  return {
    tables: tables.filter(isMeant),
    unmatched,
    unpublished: tables.filter((table) => !isMeant(table)),
  };
};
