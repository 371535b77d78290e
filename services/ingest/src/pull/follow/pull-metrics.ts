/** What following sources measures. Sources are few: one for each file under sources/. */
import type { Metrics } from '@millrace/runtime';

export const createPullMetrics = (metrics: Metrics) => ({
  readRows: metrics.counter({
    name: 'millrace_ingest_source_read_rows_total',
    help: 'Rows read from a source, whatever became of them.',
    labels: ['source'],
  }),
  acceptedRows: metrics.counter({
    name: 'millrace_ingest_source_accepted_rows_total',
    help: 'Rows of a source that fit their contract.',
    labels: ['source'],
  }),
  rejectedRows: metrics.counter({
    name: 'millrace_ingest_source_rejected_rows_total',
    help: 'Rows of a source that were rejected, by error code.',
    labels: ['source', 'code'],
  }),
  readBytes: metrics.counter({
    name: 'millrace_ingest_source_read_bytes_total',
    help: 'Bytes of files and objects read, unpacked.',
    labels: ['source'],
  }),
  transactions: metrics.counter({
    name: 'millrace_ingest_source_commit_transactions_total',
    help: 'Transactions of rows and their position that Kafka committed.',
    labels: ['source'],
  }),
  finishedParts: metrics.counter({
    name: 'millrace_ingest_source_finished_parts_total',
    help: 'Files and objects that were read to their end.',
    labels: ['source'],
  }),
  failedParts: metrics.counter({
    name: 'millrace_ingest_source_failed_parts_total',
    help: 'Files and objects that cannot be read on, each time that it was tried.',
    labels: ['source'],
  }),
  errors: metrics.counter({
    name: 'millrace_ingest_source_session_errors_total',
    help: 'Sessions of a source that ended by an error, after which it pauses, by error code.',
    labels: ['source', 'code'],
  }),
  state: metrics.gauge({
    name: 'millrace_ingest_source_follow_state',
    help: '1: here and at work or waiting for more. 0: pausing after an error, or while its stream is shut. Absent: at another instance.',
    labels: ['source'],
  }),
  checkedSeconds: metrics.gauge({
    name: 'millrace_ingest_source_checked_timestamp_seconds',
    help: 'When all that was there had been loaded, for the last time.',
    labels: ['source'],
  }),
});

export type PullMetrics = ReturnType<typeof createPullMetrics>;
