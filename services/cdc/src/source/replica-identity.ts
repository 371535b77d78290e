/**
 * Whether PostgreSQL can tell which row an UPDATE or DELETE meant. Where it cannot and they are published, it refuses
 * them to every application, so this follows its own rule: FULL, or the index that the identity names, which must be
 * there and be live, valid, unique, immediate (a deferrable key is none) and of all rows. A partitioned table has the
 * identity of its partitions: each is asked by itself when a row of it is changed.
 * Source: PostgreSQL documentation, ALTER TABLE … REPLICA IDENTITY, and what its catalog shows.
 */

const usableIndex = (table: string, which: string): string =>
  `exists (select from pg_index i where i.indrelid = ${table}.oid and i.indislive and i.indisvalid and i.indisunique
             and i.indimmediate and i.indpred is null and (${which}))`;

const ofOneTable = (table: string): string =>
  `(${table}.relreplident = 'f' or ${usableIndex(
    table,
    `${table}.relreplident = 'd' and i.indisprimary or ${table}.relreplident = 'i' and i.indisreplident`,
  )})`;

/** SQL that is true for a table of pg_class, named by its alias, that has an identity. */
export const hasIdentitySql = (table: string): string =>
  `case when ${table}.relkind = 'p' then coalesce(
     (select bool_and(${ofOneTable('leaf')}) from pg_partition_tree(${table}.oid) part
      join pg_class leaf on leaf.oid = part.relid where part.isleaf and leaf.relkind = 'r'),
     ${usableIndex(table, 'i.indisprimary')})
   else ${ofOneTable(table)} end`;
