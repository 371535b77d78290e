/** What PostgreSQL knows of a captured source: slot, log, tables. Works whether the service runs or not. */
import type pg from 'pg';

export interface SlotStatus {
  readonly slot: string;
  readonly active: boolean;
  readonly status: string | null;
  readonly confirmed: string | null;
  readonly behindBytes: number;
  readonly retainedBytes: number;
  /** Left before the slot is lost; null when nothing limits it. */
  readonly safeBytes: number | null;
}

export interface TableStatus {
  readonly table: string;
  /** default, full, index, nothing. */
  readonly identity: string;
  readonly key: string;
  readonly operations: string;
}

/** `millrace_<source>`, as the service calls its slot and its publication. */
export const slotNameOf = (source: string): string =>
  `millrace_${source.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`.slice(0, 63);

/** Slots of this database, or the named one. */
export const readSlots = async (
  client: pg.Client,
  slotName?: string,
): Promise<readonly SlotStatus[]> => {
  const { rows } = await client.query(
    `select slot_name as slot, active, wal_status as status, confirmed_flush_lsn::text as confirmed,
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::float8 as "behindBytes",
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 as "retainedBytes",
            safe_wal_size::float8 as "safeBytes"
     from pg_replication_slots
     where slot_type = 'logical' and database = current_database() and ($1::text is null or slot_name = $1::text)
     order by slot_name`,
    [slotName ?? null],
  );
  return rows;
};

/** Tables that the source's publications hold, and what their rows can tell. */
export const readTables = async (
  client: pg.Client,
  publication: string,
): Promise<readonly TableStatus[]> => {
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as "table",
            case c.relreplident when 'd' then 'default' when 'f' then 'full' when 'i' then 'index' else 'nothing' end as identity,
            coalesce((select string_agg(a.attname, ', ' order by k.place)
                      from pg_index i cross join lateral unnest(i.indkey) with ordinality k(attnum, place)
                      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
                      where i.indrelid = c.oid and i.indisprimary), 'none') as key,
            concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
              case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end) as operations
     from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
     join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace
     where p.pubname in ($1::text, $1::text || '_inserts') order by 1`,
    [publication],
  );
  return rows;
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
