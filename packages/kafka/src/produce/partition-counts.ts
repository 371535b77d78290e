import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Cluster } from '../cluster/cluster.ts';
import { ERROR, refused } from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import type { OutgoingBatch } from '../records.ts';

/**
 * How many partitions topics have, as far as a producer needs to know: it refuses what is addressed to a
 * partition that does not exist, before anything of the send is queued. Counts are looked up again in the
 * background as they age, because topics grow while services run.
 */
export interface PartitionCounts {
  /** Without a promise once it is known. Rejects with `kafka.unknown-topic`, or `kafka.unavailable` after the delivery time-out. */
  of(topic: string): number | Promise<number>;
  /**
   * Undefined when every partition is known to exist; else resolves when it is, after all earlier checks,
   * so that a later send to a partition never overtakes an earlier one. Rejects as `of`.
   */
  check(batches: readonly OutgoingBatch[]): Promise<void> | undefined;
}

const AGE_MAX_MS = 30_000;

export const createPartitionCounts = (
  cluster: Cluster,
  deliveryTimeoutMs: number,
): PartitionCounts => {
  const seen = new Map<string, { readonly count: number; atMs: number }>();
  let lastCheck: Promise<void> | undefined;

  const lookUp = async (topic: string): Promise<number> => {
    const nowMs = systemClock.nowMs();
    const found = await retryUnavailable(() => cluster.topic(topic), {
      deadlineMs: nowMs + deliveryTimeoutMs,
    });
    if (found === undefined || found.errorCode === ERROR.unknownTopicOrPartition) {
      throw new MillraceError('kafka.unknown-topic', `there is no topic ${topic}`);
    }
    if (found.errorCode !== ERROR.none && found.partitions.length === 0) {
      throw refused(found.errorCode, `metadata of ${topic}`);
    }
    seen.set(topic, { count: found.partitions.length, atMs: nowMs });
    return found.partitions.length;
  };

  const cached = (topic: string): number | undefined => {
    const known = seen.get(topic);
    if (known === undefined) return undefined;
    const nowMs = systemClock.nowMs();
    if (nowMs - known.atMs > AGE_MAX_MS) {
      known.atMs = nowMs;
      cluster
        .refresh([topic])
        .then(() => lookUp(topic))
        .catch(() => undefined);
    }
    return known.count;
  };

  const isKnown = ({ topic, partition }: OutgoingBatch): boolean => {
    const count = cached(topic);
    return count !== undefined && partition >= 0 && partition < count;
  };

  const checkOne = async ({ topic, partition }: OutgoingBatch) => {
    // A partition that is not known may have been added since.
    await retryUnavailable(() => cluster.refresh([topic]), {
      deadlineMs: systemClock.nowMs() + deliveryTimeoutMs,
    });
    const count = await lookUp(topic);
    if (partition >= 0 && partition < count) return;
    throw new MillraceError(
      'kafka.unknown-topic',
      `there is no partition ${partition} of ${topic}, which has ${count}`,
    );
  };

  return {
    of: (topic) => cached(topic) ?? lookUp(topic),
    check(batches) {
      if (lastCheck === undefined && batches.every(isKnown)) return undefined;
      const before = lastCheck ?? Promise.resolve();
      const check = before
        .catch(() => undefined)
        .then(async () => {
          for (const batch of batches) if (!isKnown(batch)) await checkOne(batch);
        });
      lastCheck = check;
      // One turn later than the sends that wait for it, so that they are queued first.
      const done = () =>
        queueMicrotask(() => {
          if (lastCheck === check) lastCheck = undefined;
        });
      check.then(done, done);
      return check;
    },
  };
};
