/** The ends of a topic, once a reader of committed records sees all that stands before them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '@millrace/contracts';
import type { Admin, PartitionOffsets } from '@millrace/kafka';

/** A commit that was answered shows a moment later; the drain of another door is open for about as long. */
const PATIENCE_MS = 5_000;
const LOOK_EVERY_MS = 20;

/**
 * What is read after that, committed only, up to these ends, is everything that had been committed before the call. Waits
 * for transactions that are open over it; rejects with `kafka.unavailable` (retryable) when one stays so: the coordinator
 * ends a dead door's at its time-out.
 */
export const visibleEnds = async (
  admin: Pick<Admin, 'partitionOffsets'>,
  topic: string,
  patienceMs = PATIENCE_MS,
): Promise<readonly PartitionOffsets[]> => {
  const ends = await admin.partitionOffsets(topic);
  const deadline = performance.now() + patienceMs;
  for (let now = ends; ; now = await admin.partitionOffsets(topic)) {
    const stable = new Map(now.map((one) => [one.partition, one.stable]));
    const hidden = ends.find(({ partition, high }) => (stable.get(partition) ?? 0) < high);
    if (hidden === undefined) return ends;
    if (performance.now() >= deadline)
      throw new MillraceError(
        'kafka.unavailable',
        `${topic}-${hidden.partition}: a transaction is open before offset ${hidden.high}`,
        { retryable: true },
      );
    await sleep(LOOK_EVERY_MS);
  }
};
