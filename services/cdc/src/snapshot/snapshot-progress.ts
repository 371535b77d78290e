/** How far the initial snapshot is, for people: metrics, a log line now and then, and the time that is left. */
import type { Logger } from '@millrace/pipeline';
import type { CdcMetrics } from '../metrics.ts';
import { chunkBytesOf } from './chunks.ts';
import { type ChunkWork, isDone, type SnapshotPlan } from './snapshot-plan.ts';

const LOG_INTERVAL_MS = 10_000;

export interface SnapshotProgress {
  /** Rows of a chunk are read. */
  chunkRead(work: ChunkWork): void;
  /** Tells where it stands; every ten seconds also in the log. */
  tell(): void;
}

export const createSnapshotProgress = (
  plan: SnapshotPlan,
  metrics: CdcMetrics,
  logger: Logger,
  nowMs: () => number,
): SnapshotProgress => {
  const startedMs = nowMs();
  const allBytes = plan.tables
    .flatMap(({ chunks }) => chunks)
    .reduce((sum, chunk) => sum + chunkBytesOf(chunk), 0);
  let doneBytes = 0;
  let toldMs = startedMs;
  return {
    chunkRead: ({ chunk }) => {
      doneBytes += chunkBytesOf(chunk);
    },
    tell: () => {
      const tablesDone = plan.tables.filter(isDone).length;
      const share = allBytes === 0 ? 1 : doneBytes / allBytes;
      const elapsedMs = nowMs() - startedMs;
      const leftSeconds = share === 0 ? 0 : (elapsedMs * (1 / share - 1)) / 1000;
      metrics.snapshot({
        ...{ tablesDone, tables: plan.tables.length, share, leftSeconds },
        bytesDone: doneBytes,
        bytes: allBytes,
      });
      if (nowMs() - toldMs < LOG_INTERVAL_MS) return;
      toldMs = nowMs();
      logger.info(
        {
          tables: `${tablesDone} of ${plan.tables.length}`,
          rows: plan.tables.reduce((sum, { rows }) => sum + rows, 0),
          percent: Math.round(share * 100),
          secondsLeft: Math.round(leftSeconds),
        },
        'snapshot goes on',
      );
    },
  };
};
