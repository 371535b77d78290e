/**
 * What PostgreSQL holds for the captures: slots and publications, as text to read and to run. Its data is not ours to back
 * up, and a slot cannot be restored: a capture makes its own, with a snapshot.
 */
import { MillraceError } from '@millrace/contracts';
import pg from 'pg';

export interface SavedSource {
  readonly systemId: string;
  readonly serverVersion: string;
  readonly database: string;
  /** The end of the log when the backup was taken. */
  readonly walLsn: string;
  readonly slots: readonly {
    readonly name: string;
    readonly confirmedLsn: string | null;
    readonly restartLsn: string | null;
    readonly walStatus: string | null;
  }[];
  /** `CREATE PUBLICATION …`, one a publication, of those that captures use. */
  readonly publications: readonly string[];
}

const questions = {
  server: `select (select system_identifier::text from pg_control_system()) as "systemId",
      current_setting('server_version') as "serverVersion", current_database() as database,
      (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as "walLsn"`,
  slots: `select slot_name as name, confirmed_flush_lsn::text as "confirmedLsn", restart_lsn::text as "restartLsn",
      wal_status as "walStatus" from pg_replication_slots
    where database = current_database() and plugin = 'pgoutput' order by 1`,
  publications: `select format('CREATE PUBLICATION %I %s WITH (publish = %L, publish_via_partition_root = %s);', p.pubname,
      case when p.puballtables then 'FOR ALL TABLES' else
        coalesce((select 'FOR TABLE ' || string_agg(format('%I.%I', t.schemaname, t.tablename), ', ' order by 1)
          from pg_publication_tables t where t.pubname = p.pubname), '') end,
      concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end,
        case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end),
      p.pubviaroot::text) as statement
    from pg_publication p where p.pubname like 'millrace%' order by 1`,
} as const;

/** Reads only. Rejects with `backup.source-failed`. */
export async function saveSource(postgresUrl: string): Promise<SavedSource> {
  const client = new pg.Client({ connectionString: postgresUrl });
  try {
    await client.connect();
    const [server] = (await client.query(questions.server)).rows;
    const { rows: slots } = await client.query(questions.slots);
    const { rows: publications } = await client.query<{ statement: string }>(
      questions.publications,
    );
    return { ...server, slots, publications: publications.map(({ statement }) => statement) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError('backup.source-failed', reason, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}
