/**
 * One batch in one Kafka transaction, together with the position behind it: both are there or neither is.
 * While Kafka is away it waits. A rejection leaves the position in doubt; whoever goes on reads it anew.
 */
import type { ChangeBatch } from '../change-batch.ts';
import type { CdcMetrics } from '../metrics.ts';
import { settleRouted } from '../outbox/route-outbox.ts';
import type { RereadUnchanged } from '../reread/reread-unchanged.ts';
import type { CommitPatiently } from './commit-patiently.ts';
import type { Mark } from './receive-changes.ts';

export const createWriteBatch = (
  commit: CommitPatiently,
  metrics: CdcMetrics,
  nowMs: () => number,
  /** Completes the records that wait for values. */
  reread: RereadUnchanged,
  /** Partitions of a topic, which is made when it is missing. */
  partitionsOf: (topic: string) => Promise<number>,
) =>
  async function writeBatch(batch: ChangeBatch, { position, committedAtMs }: Mark): Promise<void> {
    if (batch.deferred.length > 0) await reread(batch.deferred);
    if (batch.routed.length > 0) await settleRouted(batch, partitionsOf);
    await commit(batch.partitionBatches(), position);
    metrics.written(batch.recordCount, batch.byteCount, nowMs() - committedAtMs);
  };
