/** The slots of one PostgreSQL server and the log that they keep, in one look. Of any version from 14 on; any user may read them. */
import pg from 'pg';

export interface SlotFigures {
  readonly slot: string;
  readonly active: boolean;
  readonly confirmedLsn: string | null;
  readonly behindBytes: number | null;
  readonly retainedBytes: number | null;
  /** What `max_slot_wal_keep_size` leaves; null when it limits nothing. */
  readonly budgetBytes: number | null;
  /** reserved, extended, unreserved, lost. */
  readonly walStatus: string | null;
  /** Of the publications that bear the slot's name; those of other databases are not seen. */
  readonly tables: readonly string[];
}

const statement = `
  with log as (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as head)
  select s.slot_name as slot, s.active, s.confirmed_flush_lsn::text as "confirmedLsn",
         pg_wal_lsn_diff(head, s.confirmed_flush_lsn)::float8 as "behindBytes",
         pg_wal_lsn_diff(head, s.restart_lsn)::float8 as "retainedBytes",
         s.safe_wal_size::float8 as "budgetBytes",
         s.wal_status as "walStatus",
         array(select distinct t.schemaname || '.' || t.tablename from pg_publication_tables t
               where t.pubname in (s.slot_name::text, s.slot_name || '_inserts') order by 1) as tables
  from pg_replication_slots s cross join log
  order by s.slot_name`;

/** Who asks, as PostgreSQL shows it. */
const applicationName = 'millrace.quality';

/** A connection for each look: an idle one would be one more thing that a server's restart breaks. Rejects as pg does. */
export const readSlots = async (url: string): Promise<readonly SlotFigures[]> => {
  const client = new pg.Client({
    ...{ connectionString: url, application_name: applicationName },
    ...{ connectionTimeoutMillis: 5000, statement_timeout: 5000, query_timeout: 10_000 },
  });
  // Said by the query that it breaks as well.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<SlotFigures>(statement);
    return rows;
  } finally {
    await client.end().catch(() => undefined);
  }
};

/** `host:port/database`, without user and password. */
export const serverOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
};
