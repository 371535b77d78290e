/** Deletes what is read and needed no more, where time alone deletes nothing. */
import { MillraceError } from '@millrace/contracts';
import type { Cluster } from '../cluster/cluster.ts';
import { ERROR, errorName, isLeaderError, refused } from '../cluster/protocol-errors.ts';
import { deleteRecords, type RecordsBefore } from '../messages/admin-messages.ts';

const unavailable = (message: string) =>
  new MillraceError('kafka.unavailable', message, { retryable: true });

/** Asked of the partitions' leaders; rejects with `kafka.unavailable` while one is missing or moves. */
export const deleteRecordsBefore = async (
  cluster: Cluster,
  before: readonly RecordsBefore[],
): Promise<void> => {
  if (before.length === 0) return;
  await cluster.refresh([...new Set(before.map(({ topic }) => topic))]);
  const byLeader = Map.groupBy(before, (one) => cluster.leader(one.topic, one.partition));
  await Promise.all(
    [...byLeader].map(async ([nodeId, ofLeader]) => {
      if (nodeId === undefined) throw unavailable(`${ofLeader[0]!.topic} has no leader`);
      const outcomes = await cluster.send(nodeId, deleteRecords(ofLeader));
      for (const { topic, partition, errorCode } of outcomes) {
        if (errorCode === ERROR.none) continue;
        const doing = `deleting records of ${topic}-${partition}`;
        if (isLeaderError(errorCode)) throw unavailable(`${doing}: ${errorName(errorCode)}`);
        throw refused(errorCode, doing);
      }
    }),
  );
};
