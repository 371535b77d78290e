/**
 * The SQL that the owner of the tables runs for a capture with restricted rights: a role that owns nothing, may
 * read the tables and replicate, and finds its publications made.
 */
import { MillraceError, slotNameOf } from '@millrace/contracts';

export const quoteSqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const quote = quoteSqlName;

/**
 * `tables` as `schema.table`; `blind`: those without a replica identity, undefined when nobody looked; `part`: `grants` leaves out the
 * role's own attributes. Throws `config.invalid` for a name without its schema.
 */
export const grantsSql = (
  source: string,
  role: string,
  tables: readonly string[],
  blind?: readonly string[],
  part: 'whole' | 'grants' = 'whole',
): string => {
  const bare = tables.filter((table) => !/^[^.]+\.[^.]+$/.test(table));
  if (bare.length > 0) {
    throw new MillraceError('config.invalid', `${bare.join(', ')}: a table is schema.table`);
  }
  const publication = quote(slotNameOf(source));
  const insertsOnly = quote(`${slotNameOf(source)}_inserts`);
  const quoted = (table: string): string => table.split('.').map(quote).join('.');
  const names = tables.map(quoted);
  const forTables = (some: readonly string[]): string =>
    some.length === 0 ? '' : ` for table ${some.map(quoted).join(', ')}`;
  const whole = tables.filter((table) => blind?.includes(table) !== true);
  const schemas = [...new Set(tables.map((table) => quote(table.split('.')[0] ?? '')))];
  return [
    ...(part === 'grants'
      ? []
      : [
          `-- run as the owner of the tables; the service then runs with MILLRACE_CDC_PUBLICATION=existing`,
          `-- (this first statement needs a role that may give REPLICATION)`,
          `alter role ${quote(role)} with login replication;`,
        ]),
    ...schemas.map((schema) => `grant usage on schema ${schema} to ${quote(role)};`),
    ...names.map((name) => `grant select on ${name} to ${quote(role)};`),
    `create publication ${publication}${forTables(whole)} with (publish_via_partition_root = true);`,
    `-- a table without primary key and replica identity belongs into this one instead: in the first, PostgreSQL`,
    `-- would refuse every UPDATE and DELETE on it`,
    ...(blind === undefined
      ? ['-- (with MILLRACE_POSTGRES_URL set, grants looks which they are)']
      : []),
    `create publication ${insertsOnly}${forTables(blind ?? [])} with (publish = 'insert, truncate', publish_via_partition_root = true);`,
  ].join('\n');
};
