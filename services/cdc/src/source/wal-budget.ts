/**
 * The write-ahead log that the slot holds back, against what the server allows it to (max_slot_wal_keep_size): how
 * much is left and, at the rate of now, for how long. Beyond it the slot is lost and with it what was not captured.
 */
import type { SourceConnection } from './source-connection.ts';

export interface WalBudget {
  /** Between the confirmed position and the end of the log, bytes. */
  readonly behindBytes: number;
  /** Kept because of the slot, bytes. */
  readonly retainedBytes: number;
  /** reserved, extended, unreserved or lost. */
  readonly status: string;
  /** Left before the slot is lost, bytes; undefined when nothing limits it. */
  readonly safeBytes: number | undefined;
  /** The source's log grows by this per second; undefined at the first look. */
  readonly bytesPerSecond: number | undefined;
  /** Until the slot is lost when nothing is confirmed; undefined when nothing limits it. */
  readonly exhaustedInSeconds: number | undefined;
  /** Share of the budget that is used, 0 to 1; 0 without a limit. */
  readonly usedShare: number;
}

interface Look {
  readonly end: number;
  readonly atMs: number;
}

interface BudgetRow {
  readonly [column: string]: unknown;
  readonly behind: string | null;
  readonly retained: string | null;
  readonly status: string | null;
  readonly safe: string | null;
  readonly end: string;
}

/** Looks at a slot again and again; the rate is that between two looks. */
export const createWalBudget = (
  control: SourceConnection,
  slotName: string,
  nowMs: () => number,
): (() => Promise<WalBudget | undefined>) => {
  let before: Look | undefined;
  return async () => {
    const [row] = await control.query<BudgetRow>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) as behind,
              pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) as retained,
              wal_status as status, safe_wal_size as safe,
              pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') as "end"
       from pg_replication_slots where slot_name = $1`,
      [slotName],
    );
    if (row === undefined) return undefined;
    const look = { end: Number(row.end), atMs: nowMs() };
    const seconds = before === undefined ? 0 : (look.atMs - before.atMs) / 1000;
    const bytesPerSecond =
      before === undefined || seconds <= 0 ? undefined : (look.end - before.end) / seconds;
    before = look;
    const retainedBytes = Number(row.retained ?? 0);
    const safeBytes = row.safe === null ? undefined : Math.max(Number(row.safe), 0);
    return {
      behindBytes: Number(row.behind ?? 0),
      ...{ retainedBytes, safeBytes, bytesPerSecond },
      status: row.status ?? 'lost',
      exhaustedInSeconds:
        safeBytes === undefined || bytesPerSecond === undefined
          ? undefined
          : safeBytes / Math.max(bytesPerSecond, 1),
      usedShare:
        safeBytes === undefined ? 0 : retainedBytes / Math.max(retainedBytes + safeBytes, 1),
    };
  };
};
