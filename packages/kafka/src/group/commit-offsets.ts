import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import {
  ERROR,
  errorName,
  isCoordinatorError,
  isLeaderError,
  isUnavailable,
  refused,
} from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import type { OffsetCommit } from '../group-consumer.ts';
import { type GroupMember, offsetCommit } from '../messages/group-messages.ts';
import type { Coordinator } from './coordinator.ts';

/**
 * Commits what this member has owned without interruption since the offsets were read. Two fences: ownership
 * is checked by `owner` at the moment of sending, each time it is sent; the broker refuses a member whose
 * generation is over. (The broker does not check ownership within a generation.)
 */
const COMMIT_TIMEOUT_MS = 10_000;

/** The member is out of the group: its partitions are somebody else's. */
const isOut = new Set<number>([ERROR.unknownMemberId, ERROR.fencedInstanceId]);
/** Between two generations: what is kept is committed under the next one, what is not is fenced by `owner`. */
const isBetween = new Set<number>([ERROR.illegalGeneration, ERROR.rebalanceInProgress]);

export const notCommitted = (why: string): MillraceError =>
  new MillraceError('kafka.fenced', `offsets not committed: ${why}`);

/** `owner`: this member as it is now; throws `kafka.fenced` when one of the partitions is not its own any more. */
export const commitOffsets = async (
  coordinator: Coordinator,
  owner: () => GroupMember,
  commits: readonly OffsetCommit[],
): Promise<void> => {
  const offsets = commits.map(({ topic, partition, offset, metadata = '' }) => ({
    topic,
    partition,
    offset,
    metadata,
  }));
  let unanswered = false;
  const commitOnce = async () => {
    const member = owner();
    unanswered = true;
    const outcomes = await coordinator.ask(offsetCommit(member, offsets));
    unanswered = false;
    for (const { topic, partition, errorCode } of outcomes) {
      if (errorCode === ERROR.none) continue;
      if (isOut.has(errorCode)) throw notCommitted(errorName(errorCode));
      if (isCoordinatorError(errorCode)) coordinator.forget();
      if (isBetween.has(errorCode) || isCoordinatorError(errorCode) || isLeaderError(errorCode)) {
        throw new MillraceError('kafka.unavailable', `committing: ${errorName(errorCode)}`, {
          retryable: true,
        });
      }
      throw refused(errorCode, `committing offsets of ${topic}-${partition}`);
    }
  };
  try {
    await retryUnavailable(commitOnce, { deadlineMs: systemClock.nowMs() + COMMIT_TIMEOUT_MS });
  } catch (error) {
    if (!unanswered || isUnavailable(error)) throw error;
    // A try before the refusal was never answered: "fenced" would say that nothing was committed.
    throw new MillraceError(
      'kafka.unavailable',
      'whether the offsets were committed is not known',
      {
        retryable: true,
        cause: error,
      },
    );
  }
};
