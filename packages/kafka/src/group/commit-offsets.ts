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
import { offsetCommit } from '../messages/group-messages.ts';
import type { Coordinator } from './coordinator.ts';
import type { Membership } from './join-group.ts';

/**
 * Commits under the generation that the offsets were read in. Two fences: generation and ownership are
 * checked here at the moment of sending, each time it is sent; the broker refuses a member whose
 * generation is over. (The broker does not check ownership within a generation.)
 */
const COMMIT_TIMEOUT_MS = 10_000;

const over = new Set<number>([
  ERROR.illegalGeneration,
  ERROR.unknownMemberId,
  ERROR.rebalanceInProgress,
  ERROR.fencedInstanceId,
]);

const fenced = (why: string) => new MillraceError('kafka.fenced', `offsets not committed: ${why}`);

const memberFor = (
  membership: Membership | undefined,
  generation: number,
  commits: readonly OffsetCommit[],
): Membership => {
  if (membership === undefined || membership.generation !== generation) {
    throw fenced(`generation ${generation} is over`);
  }
  for (const { topic, partition } of commits) {
    const owned = membership.partitions.some(
      (one) => one.topic === topic && one.partition === partition,
    );
    if (!owned) throw fenced(`${topic}-${partition} is not owned in generation ${generation}`);
  }
  return membership;
};

export const commitOffsets = async (
  coordinator: Coordinator,
  currentMembership: () => Membership | undefined,
  generation: number,
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
    const member = memberFor(currentMembership(), generation, commits);
    unanswered = true;
    const outcomes = await coordinator.ask(offsetCommit(member, offsets));
    unanswered = false;
    for (const { topic, partition, errorCode } of outcomes) {
      if (errorCode === ERROR.none) continue;
      if (over.has(errorCode)) throw fenced(errorName(errorCode));
      if (isCoordinatorError(errorCode)) coordinator.forget();
      if (isCoordinatorError(errorCode) || isLeaderError(errorCode)) {
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
