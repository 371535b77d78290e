import { type Logger, systemClock } from '@millrace/pipeline';
import { ERROR, errorName, isUnavailable, refused } from '../cluster/protocol-errors.ts';
import { type GroupMember, heartbeat } from '../messages/group-messages.ts';
import type { Coordinator } from './coordinator.ts';
import { instanceReplaced } from './join-group.ts';

/**
 * Heartbeats on a timer of their own, whatever the handlers do (in kafkajs they are only sent from
 * inside handlers: T6). Tells why the generation is over; does not join again.
 */
export type GenerationEnd =
  /** A rebalance: what is owned stays owned until the next assignment. */
  | 'rebalancing'
  /** The group went on without this member: what it owned is somebody else's. */
  | 'forgotten'
  | 'aborted';

const ends = new Map<number, GenerationEnd>([
  [ERROR.rebalanceInProgress, 'rebalancing'],
  [ERROR.illegalGeneration, 'forgotten'],
  [ERROR.unknownMemberId, 'forgotten'],
]);

/**
 * Resolves when the generation is over or the signal aborts; rejects when the group refuses the member, with
 * `kafka.fenced` when another process has taken this static member's place.
 */
export const beatUntilOver = async (
  coordinator: Coordinator,
  logger: Logger,
  member: GroupMember,
  { intervalMs, signal }: { readonly intervalMs: number; readonly signal: AbortSignal },
): Promise<GenerationEnd> => {
  while (!signal.aborted) {
    await systemClock.sleep(intervalMs, signal).catch(() => undefined);
    if (signal.aborted) return 'aborted';
    try {
      const { errorCode } = await coordinator.send(heartbeat(member));
      const end = ends.get(errorCode);
      if (end !== undefined) {
        logger.debug({ groupId: member.groupId, reason: errorName(errorCode) }, 'generation over');
        return end;
      }
      if (errorCode === ERROR.fencedInstanceId) {
        throw instanceReplaced(member.groupId, member.instanceId);
      }
      if (errorCode !== ERROR.none) {
        throw refused(errorCode, `staying in group ${member.groupId}`);
      }
    } catch (error) {
      // While the coordinator is away the generation stands: its successor knows us from the log.
      if (!signal.aborted && !isUnavailable(error)) throw error;
    }
  }
  return 'aborted';
};
