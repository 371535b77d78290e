/** What the service measures. Names: `millrace_cdc_…` in base units. */
import type { Metrics } from '@millrace/runtime';
import type { Operation } from './envelope/table-writer.ts';
import { declareSnapshotMetrics, type SnapshotMetrics } from './snapshot/snapshot-metrics.ts';
import { declareWalMetrics, type WalMetrics } from './source/wal-metrics.ts';
import type { EncodeOutcome } from './steps/encode-change.ts';

export interface CdcMetrics extends SnapshotMetrics, WalMetrics {
  changed(op: Operation, outcome: EncodeOutcome): void;
  committed(): void;
  truncateSkipped(): void;
  /** One Kafka transaction; `lagMs` from the commit of its newest change to now. */
  written(records: number, bytes: number, lagMs: number): void;
  /** Encoded records in memory, and open transactions on disk. */
  waiting(memoryBytes: number, diskBytes: number): void;
  reconnected(): void;
  blockedKeys(count: number): void;
}

const UNTOLD_ROWS_MAX = 1000;
const operations = ['c', 'u', 'd', 'r', 't'] as const;

export const declareMetrics = (metrics: Metrics): CdcMetrics => {
  const rows = metrics.counter({
    name: 'millrace_cdc_captured_rows_total',
    help: 'Row changes encoded, by Debezium’s op.',
    labels: ['op'],
  });
  const dead = metrics.counter({
    name: 'millrace_cdc_dead_letter_rows_total',
    help: 'Row changes that could not be encoded and went to dead.cdc.',
  });
  const waitingRows = metrics.counter({
    name: 'millrace_cdc_waiting_rows_total',
    help: 'Row changes that went to dead.cdc because one of their key before them did.',
  });
  const blocked = metrics.gauge({
    name: 'millrace_cdc_blocked_rows',
    help: 'Keys whose newest state is not known to consumers: a change of theirs is in dead.cdc.',
  });
  const skipped = metrics.counter({
    name: 'millrace_cdc_skipped_unchanged_rows_total',
    help: 'Updates left out because no captured column changed.',
  });
  const commits = metrics.counter({
    name: 'millrace_cdc_source_transactions_total',
    help: 'Transactions of PostgreSQL received whole.',
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
  // counted by row and told a thousand at a time: a counter's own increment is 4 % of a row's cost
  const counts = { c: 0, u: 0, d: 0, r: 0, t: 0, dead: 0, skipped: 0, waiting: 0, commits: 0 };
  let untoldRows = 0;
  const tellCounts = (): void => {
    untoldRows = 0;
    for (const op of operations) {
      if (counts[op] > 0) rows.labels(op).inc(counts[op]);
      counts[op] = 0;
    }
    dead.inc(counts.dead);
    skipped.inc(counts.skipped);
    counts.skipped = 0;
    waitingRows.inc(counts.waiting);
    counts.waiting = 0;
    commits.inc(counts.commits);
    counts.dead = 0;
    counts.commits = 0;
  };
  return {
    ...declareSnapshotMetrics(metrics),
    ...declareWalMetrics(metrics),
    changed: (op, outcome) => {
      if (outcome === 'encoded') counts[op]++;
      else if (outcome === 'skipped') counts.skipped++;
      else if (outcome === 'waiting') counts.waiting++;
      else counts.dead++;
      if (++untoldRows >= UNTOLD_ROWS_MAX) tellCounts();
    },
    committed: () => {
      counts.commits++;
    },
    truncateSkipped: () => truncates.inc(),
    written: (recordCount, byteCount, lagMs) => {
      tellCounts();
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
  };
};
