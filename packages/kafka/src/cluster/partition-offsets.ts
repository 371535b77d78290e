import { MillraceError } from '@millrace/contracts';
import type { Isolation, LogEnd, OffsetQuery } from '../messages/fetch-messages.ts';
import { listOffsets } from '../messages/fetch-messages.ts';
import type { Cluster } from './cluster.ts';
import { ERROR, refused } from './protocol-errors.ts';

/**
 * The ends of partitions, asked of their leaders. Rejects with `kafka.unavailable` when a leader is
 * missing or moved; the caller decides whether to try again.
 */
export const offsetsOf = async (
  cluster: Cluster,
  partitions: readonly OffsetQuery[],
  end: LogEnd,
  isolation: Isolation,
): Promise<readonly (OffsetQuery & { readonly offset: number })[]> => {
  const topics = [...new Set(partitions.map((one) => one.topic))];
  if (partitions.some((one) => cluster.leader(one.topic, one.partition) === undefined)) {
    await cluster.refresh(topics);
  }
  const byLeader = Map.groupBy(partitions, (one) => cluster.leader(one.topic, one.partition));
  const answers = await Promise.all(
    [...byLeader].map(([nodeId, ofLeader]) => {
      if (nodeId === undefined) {
        const { topic, partition } = ofLeader[0]!;
        throw new MillraceError('kafka.unavailable', `${topic}-${partition} has no leader`, {
          retryable: true,
        });
      }
      return cluster.send(nodeId, listOffsets(ofLeader, end, isolation));
    }),
  );
  return answers.flat().map(({ topic, partition, errorCode, offset }) => {
    if (errorCode !== ERROR.none) {
      void cluster.refresh(topics).catch(() => undefined);
      const what = typeof end === 'string' ? end : 'offset of a time';
      throw refused(errorCode, `asking for the ${what} of ${topic}-${partition}`);
    }
    return { topic, partition, offset };
  });
};
