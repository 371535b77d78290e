/** Which slots hold back the server's log: how much of it, for whom, and what is left. Of any PostgreSQL from 14 on. */
import type pg from 'pg';
import { ageText, bytesText } from './figures.ts';

export interface SlotStatus {
  readonly slot: string;
  /** Null for a physical slot. */
  readonly database: string | null;
  readonly active: boolean;
  /** Who reads it, by application_name, and from where; null when nobody does or it may not be seen. */
  readonly consumer: string | null;
  /** reserved, extended, unreserved, lost. */
  readonly status: string | null;
  /** Why it was lost; from PostgreSQL 16 on. */
  readonly reason: string | null;
  readonly confirmed: string | null;
  readonly behindBytes: number;
  /** Log between commit and confirmation, as the server measured it last; null when not known. */
  readonly behindSeconds: number | null;
  readonly retainedBytes: number;
  /** Left before the slot is lost; null when nothing limits it. */
  readonly safeBytes: number | null;
  /** Since when nobody reads it; from PostgreSQL 17 on. */
  readonly inactiveSeconds: number | null;
  /** Kept on standbys; from PostgreSQL 17 on. */
  readonly failover: boolean | null;
}

/** All slots of the server, or the named one. A standby is asked for the log that it has replayed. */
export const readSlots = async (
  client: pg.Client,
  slotName?: string,
): Promise<readonly SlotStatus[]> => {
  const { rows } = await client.query(
    `with log as (select case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as head)
     select s.slot_name as slot, s.database, s.active,
            concat_ws(' from ', nullif(a.application_name, ''), host(r.client_addr)) as consumer,
            s.wal_status as status,
            coalesce(j->>'invalidation_reason', j->>'conflict_reason') as reason,
            s.confirmed_flush_lsn::text as confirmed,
            coalesce(pg_wal_lsn_diff(head, s.confirmed_flush_lsn), 0)::float8 as "behindBytes",
            case when s.confirmed_flush_lsn = head then 0
                 else extract(epoch from r.flush_lag)::float8 end as "behindSeconds",
            coalesce(pg_wal_lsn_diff(head, s.restart_lsn), 0)::float8 as "retainedBytes",
            s.safe_wal_size::float8 as "safeBytes",
            greatest(extract(epoch from now() - (j->>'inactive_since')::timestamptz), 0)::float8 as "inactiveSeconds",
            (j->>'failover')::bool as failover
     from pg_replication_slots s
     cross join log cross join lateral to_jsonb(s) j
     left join pg_stat_activity a on a.pid = s.active_pid
     left join pg_stat_replication r on r.pid = s.active_pid
     where $1::text is null or s.slot_name = $1::text
     order by "retainedBytes" desc, s.slot_name`,
    [slotName ?? null],
  );
  return rows.map((row) => ({ ...row, consumer: row.consumer === '' ? null : row.consumer }));
};

/** For a person: the one that holds back most comes first. */
export const slotRow = (slot: SlotStatus): Readonly<Record<string, unknown>> => ({
  slot: slot.slot,
  database: slot.database,
  'read by':
    slot.consumer ??
    (slot.active
      ? 'somebody'
      : `nobody${slot.inactiveSeconds === null ? '' : ` for ${ageText(slot.inactiveSeconds)}`}`),
  status: slot.reason === null ? slot.status : `${slot.status}: ${slot.reason}`,
  'holds back': bytesText(slot.retainedBytes),
  'until lost':
    slot.status === 'lost'
      ? null
      : slot.safeBytes === null
        ? 'no limit'
        : bytesText(Math.max(slot.safeBytes, 0)),
  behind: bytesText(slot.behindBytes),
});
