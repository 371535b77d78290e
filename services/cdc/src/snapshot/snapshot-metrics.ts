/** What the initial snapshot measures. */
import type { Metrics } from '@millrace/runtime';

export interface SnapshotFigures {
  readonly tablesDone: number;
  readonly tables: number;
  /** Of the tables' files. */
  readonly bytesDone: number;
  readonly bytes: number;
  /** 0 to 1. */
  readonly share: number;
  readonly leftSeconds: number;
}

export interface SnapshotMetrics {
  snapshot(progress: SnapshotFigures): void;
}

export const declareSnapshotMetrics = (metrics: Metrics): SnapshotMetrics => {
  const snapshotDone = metrics.gauge({
    name: 'millrace_cdc_snapshot_done_tables',
    help: 'Tables of the snapshot that are read.',
  });
  const snapshotAll = metrics.gauge({
    name: 'millrace_cdc_snapshot_tables',
    help: 'Tables of the snapshot.',
  });
  const snapshotBytesDone = metrics.gauge({
    name: 'millrace_cdc_snapshot_done_bytes',
    help: 'Size of the files that the snapshot has read.',
  });
  const snapshotBytes = metrics.gauge({
    name: 'millrace_cdc_snapshot_bytes',
    help: 'Size of the files that the snapshot reads.',
  });
  const snapshotLeft = metrics.gauge({
    name: 'millrace_cdc_snapshot_left_seconds',
    help: 'Time that the snapshot will still take, at its rate so far.',
  });
  return {
    snapshot: (progress) => {
      snapshotDone.set(progress.tablesDone);
      snapshotAll.set(progress.tables);
      snapshotBytesDone.set(progress.bytesDone);
      snapshotBytes.set(progress.bytes);
      snapshotLeft.set(progress.leftSeconds);
    },
  };
};
