/** Reads, every few seconds, how far behind the source we are and how much log the slot holds back. */
import type { CdcMetrics } from '../metrics.ts';
import type { SourceConnection } from './source-connection.ts';

const INTERVAL_MS = 5000;

export const observeSource = (
  control: SourceConnection,
  slotName: string,
  waitingBytes: () => { readonly memory: number; readonly disk: number },
  metrics: CdcMetrics,
): { stop(): void } => {
  let asking = false;
  const observe = async (): Promise<void> => {
    const [row] = await control.query<{ behind: string | null; retained: string | null }>(
      `select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) as behind,
              pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) as retained
       from pg_replication_slots where slot_name = $1`,
      [slotName],
    );
    metrics.sourceLog(Number(row?.behind ?? 0), Number(row?.retained ?? 0));
  };
  const tick = (): void => {
    const waiting = waitingBytes();
    metrics.waiting(waiting.memory, waiting.disk);
    if (asking) return;
    asking = true;
    observe()
      // a broken connection ends the session by itself
      .catch(() => undefined)
      .finally(() => {
        asking = false;
      });
  };
  tick();
  const timer = setInterval(tick, INTERVAL_MS);
  return { stop: () => clearInterval(timer) };
};
