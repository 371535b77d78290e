/**
 * Makes this instance the only one of its source: an advisory lock held by the control connection for as long
 * as the session lives. Another instance waits here and says so. The lock keeps two instances from fighting;
 * what makes a mistake harmless is the fence at Kafka.
 */
import type { Clock, Logger } from '@millrace/pipeline';
import { readSlot } from '../source/slot.ts';
import type { SourceConnection } from '../source/source-connection.ts';

const POLL_MS = 500;

export interface TakeOptions {
  readonly control: SourceConnection;
  readonly slotName: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Shown by /readyz while waiting. */
  waiting(reason: string): void;
}

export const takeSource = async (options: TakeOptions): Promise<void> => {
  const { control, slotName, clock, signal, logger } = options;
  const isFree = async (): Promise<string | undefined> => {
    const [row] = await control.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('millrace.cdc ' || $1, 0)) as taken`,
      [slotName],
    );
    if (row?.taken !== true) return 'another instance holds the source';
    const slot = await readSlot(control, slotName);
    if (slot?.activePid === undefined) return undefined;
    return `process ${slot.activePid} of PostgreSQL still serves the slot`;
  };
  let told = '';
  for (;;) {
    const reason = await isFree();
    if (reason === undefined) return;
    if (reason !== told) {
      told = reason;
      options.waiting(reason);
      logger.info({ slot: slotName, reason }, 'waiting for the source');
    }
    await clock.sleep(POLL_MS, signal);
  }
};
