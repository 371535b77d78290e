/** What PostgreSQL knows of the tables of a captured source, and how a signal gets into its log. */
import { MillraceError, slotNameOf } from '@millrace/contracts';
import type pg from 'pg';

export interface TableStatus {
  readonly table: string;
  /** default, full, index, nothing; behind it `(none)` where it tells no row from another. */
  readonly identity: string;
  readonly key: string;
  readonly operations: string;
}

/** As the service decides it (its `source/replica-identity.ts`): what PostgreSQL asks before it lets an UPDATE pass. */
const ownIdentitySql = (table: string): string =>
  `(${table}.relreplident = 'f' or exists (
      select from pg_index i where i.indrelid = ${table}.oid and i.indislive and i.indisvalid and i.indisunique
        and i.indimmediate and i.indpred is null
        and (${table}.relreplident = 'd' and i.indisprimary or ${table}.relreplident = 'i' and i.indisreplident)))`;

const hasIdentitySql = (table: string): string =>
  `case when ${table}.relkind = 'p' then coalesce(
     (select bool_and(${ownIdentitySql('leaf')}) from pg_partition_tree(${table}.oid) part
      join pg_class leaf on leaf.oid = part.relid where part.isleaf and leaf.relkind = 'r'), true)
   else ${ownIdentitySql(table)} end`;

/** Those of the tables whose updates PostgreSQL would refuse if they were published. */
export const tablesWithoutIdentity = async (
  client: pg.Client,
  tables: readonly string[],
): Promise<readonly string[]> => {
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname || '.' || c.relname = any($1::text[]) and not ${hasIdentitySql('c')}`,
    [tables],
  );
  return rows.map(({ name }) => name);
};

/** Tables that the source's publications hold, and what their rows can tell. */
export const readTables = async (
  client: pg.Client,
  publication: string,
): Promise<readonly TableStatus[]> => {
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as "table",
            case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'i' then 'index' else 'nothing' end
              || case when ${hasIdentitySql('c')} then '' else ' (none)' end as identity,
            coalesce((select string_agg(a.attname, ', ' order by k.place)
                      from pg_index i cross join lateral unnest(i.indkey) with ordinality k(attnum, place)
                      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                      where i.indrelid = c.oid and i.indisprimary), 'none') as key,
            concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
              case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end) as operations
     from pg_publication p join pg_publication_tables r using (pubname)
     join pg_namespace n on n.nspname = r.schemaname
     join pg_class c on c.relnamespace = n.oid and c.relname = r.tablename
     where p.pubname in ($1::text, $1::text || '_inserts') order by 1`,
    [publication],
  );
  return rows;
};

/** Sessions that the service holds open: none when it does not run, or does not reach PostgreSQL. */
export const countSessions = async (client: pg.Client, source: string): Promise<number> => {
  const { rows } = await client.query(
    'select count(*)::int as sessions from pg_stat_activity where starts_with(application_name, $1)',
    [`millrace.cdc.${source}.`],
  );
  return rows[0].sessions;
};

/** Throws `cdc.signal-refused` without a slot: nothing would keep the signal until it is read. */
export const expectListener = async (client: pg.Client, source: string): Promise<void> => {
  const slotName = slotNameOf(source);
  const { rowCount } = await client.query(
    'select from pg_replication_slots where slot_name = $1 and database = current_database()',
    [slotName],
  );
  if (rowCount === 0) {
    throw new MillraceError(
      'cdc.signal-refused',
      `this database has no slot ${slotName}: nothing is captured as ${source}, and the signal would be lost`,
    );
  }
};

const patternOf = (name: string): RegExp =>
  new RegExp(`^${name.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`);

/** Throws `cdc.signal-refused` for a name or pattern that no captured table has. */
export const expectCaptured = async (
  client: pg.Client,
  source: string,
  names: readonly string[],
): Promise<void> => {
  const tables = (await readTables(client, slotNameOf(source))).map(({ table }) => table);
  const strange = names.filter((name) => !tables.some((table) => patternOf(name).test(table)));
  if (strange.length > 0) {
    throw new MillraceError(
      'cdc.signal-refused',
      `${strange.join(', ')}: not captured as ${source}. Captured: ${tables.join(', ') || 'no table'}`,
    );
  }
};

/** Puts a signal into the log; the service obeys it when it comes through the stream. */
export const sendSignal = async (
  client: pg.Client,
  source: string,
  signal: { readonly id: string; readonly type: string; readonly data: unknown },
): Promise<void> => {
  await client.query('select pg_logical_emit_message(true, $1, $2)', [
    `millrace.signal.${source}`,
    JSON.stringify(signal),
  ]);
};
