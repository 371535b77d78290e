import { type Logger, systemClock } from '@millrace/pipeline';
import { ERROR, errorName, isUnavailable, refused } from '../cluster/protocol-errors.ts';
import { type GroupMember, heartbeat } from '../messages/group-messages.ts';
import type { Coordinator } from './coordinator.ts';

/**
 * Heartbeats on a timer of their own, whatever the handlers do (in kafkajs they are only sent from
 * inside handlers: T6). Tells when the generation is over; does not join again.
 */
const over = new Set<number>([
  ERROR.rebalanceInProgress,
  ERROR.illegalGeneration,
  ERROR.unknownMemberId,
]);

/** Resolves when the generation is over or the signal aborts; rejects when the group refuses the member. */
export const beatUntilOver = async (
  coordinator: Coordinator,
  logger: Logger,
  member: GroupMember,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal: AbortSignal },
): Promise<void> => {
  while (!signal.aborted) {
    await systemClock.sleep(intervalMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const { errorCode } = await coordinator.send(heartbeat(member));
      if (over.has(errorCode)) {
        logger.debug({ groupId: member.groupId, reason: errorName(errorCode) }, 'generation over');
        return;
      }
      if (errorCode !== ERROR.none) {
        throw refused(errorCode, `staying in group ${member.groupId}`);
      }
    } catch (error) {
      // While the coordinator is away the generation stands: its successor knows us from the log.
      if (!signal.aborted && !isUnavailable(error)) throw error;
    }
  }
};
