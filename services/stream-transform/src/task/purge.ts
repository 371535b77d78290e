import type { Admin, TopicPartition } from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';

/** A partition of the transform's own, up to where its reader has committed it. */
export type ReadUpTo = TopicPartition & { readonly offset: number };

export interface PurgeOptions {
  readonly admin: Pick<Admin, 'deleteRecords'>;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  committed(): readonly ReadUpTo[];
}

/**
 * Deletes records that changed partition once what came of them is committed: nobody else reads them, and time
 * deletes none. Runs until the signal aborts.
 */
export const purge = async (options: PurgeOptions, signal: AbortSignal): Promise<void> => {
  const { admin, intervalMs, clock, logger, committed } = options;
  const deleted = new Map<string, number>();
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const keyOf = ({ topic, partition }: TopicPartition) => `${topic}:${partition}`;
    const before = committed().filter((one) => one.offset > (deleted.get(keyOf(one)) ?? 0));
    try {
      await admin.deleteRecords(before);
      for (const one of before) deleted.set(keyOf(one), one.offset);
    } catch (error) {
      // They are deleted the next time.
      logger.debug({ err: error, partitions: before.length }, 'records were not deleted');
    }
  }
};
