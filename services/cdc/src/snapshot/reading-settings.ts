/** How tables are read in a snapshot, as the settings say. */
import { type CdcConfig, modesOf } from '../config.ts';
import type { ReaderOptions } from './exported-snapshot.ts';
import type { PlanOptions } from './plan-table.ts';
import type { RoundOptions } from './write-rounds.ts';

export type ReadingSettings = Pick<ReaderOptions, 'streams' | 'lockTimeoutMs'> &
  Pick<PlanOptions, 'modes' | 'chunkBytes'> &
  Pick<RoundOptions, 'batchBytesMax' | 'wholeTimeoutMs'>;

export const readingSettings = (config: CdcConfig): ReadingSettings => ({
  modes: modesOf(config),
  streams: config.snapshotStreams,
  chunkBytes: config.snapshotChunkBytes,
  lockTimeoutMs: config.snapshotLockTimeoutMs,
  batchBytesMax: config.batchBytesMax,
  wholeTimeoutMs: config.snapshotTransactionTimeoutMs,
});
