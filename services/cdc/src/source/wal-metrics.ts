/** What the write-ahead log of the source measures. */
import type { Metrics } from '@millrace/runtime';
import type { WalBudget } from './wal-budget.ts';

export interface WalMetrics {
  sourceLog(budget: WalBudget): void;
  /** From a message put into the log to its coming through the stream. */
  heartbeat(lagMs: number): void;
}

/** pg_replication_slots.wal_status, from good to bad. */
const statuses = ['reserved', 'extended', 'unreserved', 'lost'] as const;

/** A gauge that was never set says 0, which would ring every alert of little being left. */
const UNLIMITED = Number.POSITIVE_INFINITY;

export const declareWalMetrics = (metrics: Metrics): WalMetrics => {
  const behind = metrics.gauge({
    name: 'millrace_cdc_behind_source_bytes',
    help: 'Write-ahead log between the confirmed position and the source’s current one.',
  });
  const retained = metrics.gauge({
    name: 'millrace_cdc_retained_wal_bytes',
    help: 'Write-ahead log that the source keeps because of the slot.',
  });
  const status = metrics.gauge({
    name: 'millrace_cdc_slot_wal_state',
    help: '1 for the wal_status that the slot has, 0 for the others.',
    labels: ['status'],
  });
  const safe = metrics.gauge({
    name: 'millrace_cdc_slot_safe_wal_bytes',
    help: 'Log that the source may still write before the slot is lost; +Inf when nothing limits it.',
  });
  const rate = metrics.gauge({
    name: 'millrace_cdc_source_wal_bytes',
    help: 'Log that the source writes in a second.',
  });
  const exhausted = metrics.gauge({
    name: 'millrace_cdc_slot_exhaustion_seconds',
    help: 'Until the slot is lost at that rate when nothing is confirmed; +Inf when nothing limits it, or nothing is known of the rate.',
  });
  const heartbeat = metrics.gauge({
    name: 'millrace_cdc_heartbeat_lag_seconds',
    help: 'From the last heartbeat put into the source’s log to its coming through the stream.',
  });
  safe.set(UNLIMITED);
  exhausted.set(UNLIMITED);
  return {
    sourceLog: (budget) => {
      const isLost = budget.status === 'lost';
      behind.set(budget.behindBytes);
      retained.set(budget.retainedBytes);
      for (const one of statuses) status.labels(one).set(one === budget.status ? 1 : 0);
      safe.set(isLost ? 0 : (budget.safeBytes ?? UNLIMITED));
      if (budget.bytesPerSecond !== undefined) rate.set(budget.bytesPerSecond);
      exhausted.set(isLost ? 0 : (budget.exhaustedInSeconds ?? UNLIMITED));
    },
    heartbeat: (lagMs) => heartbeat.set(Math.max(lagMs, 0) / 1000),
  };
};
