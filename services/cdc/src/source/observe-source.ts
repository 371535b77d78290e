/** Looks, every few seconds, at how far behind the source we are and how much log the slot holds back. */
import type { Logger } from '@millrace/pipeline';
import type { CdcMetrics } from '../metrics.ts';
import type { SourceConnection } from './source-connection.ts';
import { createWalBudget, type WalBudget } from './wal-budget.ts';

const INTERVAL_MS = 5000;
const WARN_SHARE = 0.5;
const ERROR_SHARE = 0.8;

export interface ObserveOptions {
  readonly control: SourceConnection;
  readonly slotName: string;
  waitingBytes(): { readonly memory: number; readonly disk: number };
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** The slot is gone, or PostgreSQL invalidated it. */
  lost?(why: string): void;
}

/** Tells once when half of the budget is used, and once when most of it is; again after it has recovered. */
const createWarning = (logger: Logger) => {
  let told = 0;
  return ({ exhaustedInSeconds, retainedBytes, safeBytes, usedShare }: WalBudget): void => {
    const level = usedShare >= ERROR_SHARE ? 2 : usedShare >= WARN_SHARE ? 1 : 0;
    if (level > told) {
      const figures = {
        ...{ retainedBytes, safeBytes, usedPercent: Math.round(usedShare * 100) },
        exhaustedInSeconds: Math.round(exhaustedInSeconds ?? 0),
      };
      const text = 'the slot holds back log: beyond max_slot_wal_keep_size it is lost';
      if (level === 2) logger.error(figures, text);
      else logger.warn(figures, text);
    }
    told = level;
  };
};

export const observeSource = (options: ObserveOptions): { stop(): void } => {
  const { metrics } = options;
  const look = createWalBudget(options.control, options.slotName, options.nowMs);
  const warn = createWarning(options.logger);
  let asking = false;
  const observe = async (): Promise<void> => {
    const budget = await look();
    if (budget === undefined) return options.lost?.('the slot does not exist any more');
    metrics.sourceLog(budget);
    warn(budget);
    if (budget.status === 'lost') options.lost?.('PostgreSQL invalidated the slot');
  };
  const tick = (): void => {
    const waiting = options.waitingBytes();
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
