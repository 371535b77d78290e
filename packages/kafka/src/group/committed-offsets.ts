import { MillraceError } from '@millrace/contracts';
import type { Cluster } from '../cluster/cluster.ts';
import { ERROR, errorName, isCoordinatorError, refused } from '../cluster/protocol-errors.ts';
import { type CommittedOffset, offsetFetch } from '../messages/group-messages.ts';
import type { TopicPartition } from '../records.ts';

/**
 * What a group has committed, partitions without a commit left out. Rejects with `kafka.unavailable`
 * while the coordinator moves or a transaction with offsets of these partitions is still open, because
 * the offset is then about to change (T4).
 */
export const committedOffsets = async (
  cluster: Cluster,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly CommittedOffset[]> => {
  if (partitions.length === 0) return [];
  const nodeId = await cluster.coordinator('group', groupId);
  const answer = await cluster
    .send(nodeId, offsetFetch(groupId, partitions))
    .catch((error: unknown) => {
      cluster.forgetCoordinator('group', groupId);
      throw error;
    });
  const codes = [answer.errorCode, ...answer.offsets.map((one) => one.errorCode)];
  for (const code of codes) {
    if (code === ERROR.none) continue;
    if (isCoordinatorError(code)) cluster.forgetCoordinator('group', groupId);
    if (isCoordinatorError(code) || code === ERROR.unstableOffsetCommit) {
      throw new MillraceError('kafka.unavailable', `offsets of ${groupId}: ${errorName(code)}`, {
        retryable: true,
      });
    }
    throw refused(code, `reading the offsets of ${groupId}`);
  }
  return answer.offsets
    .filter((one) => one.offset >= 0)
    .map(({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }));
};
