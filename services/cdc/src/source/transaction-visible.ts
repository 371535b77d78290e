/**
 * The server sends a commit once it is on disk, and lets other sessions see it a moment later: its log is flushed before
 * the transaction leaves the list of those that run (PostgreSQL's RecordTransactionCommit, then ProcArrayEndTransaction).
 * Whoever asks the catalog in between is told what was before. So a question about a transaction waits for it to be seen.
 */
import type { Clock } from '@millrace/pipeline';
import type { SourceConnection } from './source-connection.ts';

const POLL_MS = 2;
/** The moment is longer where commits wait for a standby; after this the answer of now is taken. */
const PATIENCE_MS = 5000;

/** A snapshot of the server: transaction ids of 64 bits, as text. */
export interface SnapshotText {
  readonly xmin: string;
  readonly xmax: string;
  /** In progress between them. */
  readonly running: readonly string[];
}

/**
 * Whether a snapshot sees what a transaction did that has ended.
 * @param transactionId its lower 32 bits, as the stream tells it; within 2^31 of the snapshot's
 */
export const isVisible = (
  { xmin, xmax, running }: SnapshotText,
  transactionId: number,
): boolean => {
  const end = BigInt(xmax);
  const id = end + BigInt.asIntN(32, BigInt(transactionId) - end);
  if (id < BigInt(xmin)) return true;
  return id < end && !running.some((one) => BigInt(one) === id);
};

/** Resolves when new questions on the connection see the transaction, at the latest after 5 s. Throws `cdc.source-unavailable`. */
export const transactionVisible = async (
  connection: SourceConnection,
  transactionId: number,
  clock: Clock,
): Promise<void> => {
  const untilMs = clock.nowMs() + PATIENCE_MS;
  for (;;) {
    const [now] = await connection.query<SnapshotText>(
      `select pg_snapshot_xmin(now)::text as xmin, pg_snapshot_xmax(now)::text as xmax,
         array(select pg_snapshot_xip(now)::text) as running from pg_current_snapshot() as now`,
      [],
    );
    if (now === undefined || isVisible(now, transactionId) || clock.nowMs() > untilMs) return;
    await clock.sleep(POLL_MS);
  }
};
