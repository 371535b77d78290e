/** What the service measures. Names: `millrace_cdc_…` in base units. */
import type { Metrics } from '@millrace/runtime';
import type { Operation } from './envelope/table-writer.ts';
import { declareRowCounts } from './row-counts.ts';
import { declareSignalMetrics, type SignalMetrics } from './signals/signal-metrics.ts';
import { declareSnapshotMetrics, type SnapshotMetrics } from './snapshot/snapshot-metrics.ts';
import { declareWalMetrics, type WalMetrics } from './source/wal-metrics.ts';
import type { EncodeOutcome } from './steps/encode-change.ts';

export interface CdcMetrics extends SignalMetrics, SnapshotMetrics, WalMetrics {
  changed(op: Operation | 'm', outcome: EncodeOutcome): void;
  committed(): void;
  truncateSkipped(): void;
  /** One Kafka transaction; `lagMs` from the commit of its newest change to now. */
  written(records: number, bytes: number, lagMs: number): void;
  /** Encoded records in memory, and open transactions on disk. */
  waiting(memoryBytes: number, diskBytes: number): void;
  reconnected(): void;
  blockedKeys(count: number): void;
  /** A batch waits because most of it would be dead letters; once a try. */
  heldAsFlood(): void;
  /** A schema was registered although its subject's level, or the contract, refuses it. */
  incompatibleRegistered(): void;
  incompatibleTables(count: number): void;
}

export const declareMetrics = (metrics: Metrics): CdcMetrics => {
  const blocked = metrics.gauge({
    name: 'millrace_cdc_blocked_rows',
    help: 'Keys whose newest state is not known to consumers: a change of theirs is in dead.cdc.',
  });
  const incompatible = metrics.counter({
    name: 'millrace_cdc_incompatible_changes_total',
    help: 'Shapes of tables registered although readers of the topic cannot take them.',
  });
  const incompatibleTables = metrics.gauge({
    name: 'millrace_cdc_incompatible_tables',
    help: 'Tables whose rows go to dead.cdc because readers of the topic cannot take their shape.',
  });
  const truncates = metrics.counter({
    name: 'millrace_cdc_skipped_truncate_tables_total',
    help: 'Tables whose TRUNCATE was left out.',
  });
  const transactions = metrics.counter({
    name: 'millrace_cdc_kafka_transactions_total',
    help: 'Kafka transactions committed.',
  });
  const records = metrics.counter({
    name: 'millrace_cdc_written_records_total',
    help: 'Records committed to Kafka, positions not counted.',
  });
  const bytes = metrics.counter({
    name: 'millrace_cdc_written_bytes_total',
    help: 'Keys and values committed to Kafka.',
  });
  const lag = metrics.gauge({
    name: 'millrace_cdc_commit_to_kafka_seconds',
    help: 'Age of the newest change of the last Kafka transaction, from its commit in PostgreSQL.',
  });
  const waiting = metrics.gauge({
    name: 'millrace_cdc_waiting_bytes',
    help: 'Encoded records that Kafka has not committed yet.',
  });
  const spooled = metrics.gauge({
    name: 'millrace_cdc_spooled_bytes',
    help: 'Transactions of the source that are still open, kept on disk.',
  });
  const reconnects = metrics.counter({
    name: 'millrace_cdc_session_retries_total',
    help: 'Sessions begun anew after a loss of PostgreSQL or an unknown outcome at Kafka.',
  });
  const floods = metrics.counter({
    name: 'millrace_cdc_flood_retries_total',
    help: 'Tries at which a batch waited because most of its changes would be dead letters.',
  });
  const counted = declareRowCounts(metrics);
  return {
    ...declareSignalMetrics(metrics),
    ...declareSnapshotMetrics(metrics),
    ...declareWalMetrics(metrics),
    changed: counted.changed,
    committed: counted.committed,
    truncateSkipped: () => truncates.inc(),
    written: (recordCount, byteCount, lagMs) => {
      counted.tell();
      transactions.inc();
      records.inc(recordCount);
      bytes.inc(byteCount);
      lag.set(Math.max(lagMs, 0) / 1000);
    },
    waiting: (memoryBytes, diskBytes) => {
      waiting.set(memoryBytes);
      spooled.set(diskBytes);
    },
    reconnected: () => reconnects.inc(),
    blockedKeys: (count) => blocked.set(count),
    heldAsFlood: () => floods.inc(),
    incompatibleRegistered: () => incompatible.inc(),
    incompatibleTables: (count) => incompatibleTables.set(count),
  };
};
