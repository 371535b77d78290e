/**
 * The replication slot: what keeps the write-ahead log for us. A slot is made together with a snapshot of
 * exactly the moment from which it delivers. Source: PostgreSQL documentation, Streaming Replication Protocol.
 */
import { MillraceError } from '@millrace/contracts';
import { parseLsn } from '@millrace/pgoutput';
import pg from 'pg';
import type { SourceConnection } from './source-connection.ts';

export interface SlotState {
  /** The process that consumes it; absent when nobody does. */
  readonly activePid: number | undefined;
  /** PostgreSQL removed log that the slot needs, or invalidated it: why; absent while it is good. */
  readonly lost: string | undefined;
  readonly restartLsn: bigint;
}

export const readSlot = async (
  connection: SourceConnection,
  slotName: string,
): Promise<SlotState | undefined> => {
  const rows = await connection.query<{
    activePid: number | null;
    walStatus: string | null;
    restartLsn: string | null;
    database: string;
    plugin: string;
    invalidation: string | null;
    ours: boolean;
  }>(
    `select active_pid as "activePid", wal_status as "walStatus", restart_lsn::text as "restartLsn",
            database, plugin, database = current_database() as ours,
            to_jsonb(s) ->> 'invalidation_reason' as invalidation
     from pg_replication_slots s where slot_name = $1`,
    [slotName],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  if (!row.ours) {
    throw new MillraceError(
      'cdc.source-unfit',
      `the slot "${slotName}" belongs to database "${row.database}": give this source another name`,
    );
  }
  if (row.plugin !== 'pgoutput') {
    throw new MillraceError(
      'cdc.source-unfit',
      `the slot "${slotName}" decodes with ${row.plugin}, not pgoutput: give this source another name`,
    );
  }
  const isLost = row.walStatus === 'lost' || row.restartLsn === null;
  return {
    activePid: row.activePid ?? undefined,
    lost: isLost ? (row.invalidation ?? 'wal_removed') : undefined,
    restartLsn: row.restartLsn === null ? 0n : parseLsn(row.restartLsn),
  };
};

export interface NewSlot {
  /** Every transaction that commits from here on is delivered; every earlier one is in the snapshot. */
  readonly consistentLsn: bigint;
  /** For SET TRANSACTION SNAPSHOT, while the creating connection runs no other statement. */
  readonly snapshotName: string;
}

const exportSnapshot = async (replication: SourceConnection, slot: string): Promise<NewSlot> => {
  const rows = await replication.query<{ consistent_point: string; snapshot_name: string }>(
    `CREATE_REPLICATION_SLOT ${slot}`,
  );
  const row = rows[0];
  if (row === undefined) {
    throw new MillraceError('cdc.source-unavailable', 'no slot was created', { retryable: true });
  }
  return { consistentLsn: parseLsn(row.consistent_point), snapshotName: row.snapshot_name };
};

/**
 * Waits for transactions that are open now: the snapshot must not fall between their changes. A failover slot is kept
 * on standbys as well (PostgreSQL 17 and later). Throws as `sourceError`.
 */
export const createSlot = async (
  replication: SourceConnection,
  slotName: string,
  isFailover = false,
): Promise<NewSlot> => {
  // the form with parentheses is not known to servers before 15
  const options = isFailover ? "(SNAPSHOT 'export', FAILOVER true)" : 'EXPORT_SNAPSHOT';
  return exportSnapshot(
    replication,
    `${pg.escapeIdentifier(slotName)} LOGICAL pgoutput ${options}`,
  );
};

/**
 * A slot for its snapshot alone: it goes with the connection. It needs one more of the server's slots meanwhile. Waits and
 * throws as `createSlot`.
 */
export const createTemporarySlot = (
  replication: SourceConnection,
  slotName: string,
): Promise<NewSlot> =>
  exportSnapshot(
    replication,
    `${pg.escapeIdentifier(`${slotName.slice(0, 54)}_snapshot`)} TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT`,
  );

export const dropSlot = async (connection: SourceConnection, slotName: string): Promise<void> => {
  await connection.query('select pg_drop_replication_slot($1)', [slotName]);
};

/** server_version_num of the first server that keeps slots on standbys. */
const FAILOVER_SINCE = 170_000;

/** Throws `cdc.source-unfit` when slots are to be kept on standbys by a server that cannot. */
export const checkFailover = (isWanted: boolean, serverVersion: number): void => {
  if (!isWanted || serverVersion >= FAILOVER_SINCE) return;
  throw new MillraceError(
    'cdc.source-unfit',
    'failover slots are known to PostgreSQL 17 and later: MILLRACE_CDC_SLOT_FAILOVER=false',
  );
};
