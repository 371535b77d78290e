import type { Assignor } from '../../assignor.ts';
import { isUnavailable } from '../../cluster/protocol-errors.ts';
import { describeGroup } from '../../messages/group-messages.ts';
import { decodeSubscription } from '../group-protocol.ts';
import { type EvictOptions, evictDead } from './evict-dead.ts';
import type { PeerAddress } from './peer.ts';

/**
 * A process that comes back after it was killed listens where it listened before, so whoever says to be there and is
 * another process is dead. It puts its own former members out before it joins: nobody else may be there to see it, and
 * the group would wait for their session before it deals anything. The coordinator shows what members said while the
 * group is at rest, which it is until that session is over.
 */
export interface PredecessorOptions extends EvictOptions {
  readonly assignors: readonly Assignor[];
}

/** Rejects with `kafka.unavailable` alone; where the group may not be looked at, its session is waited for. */
export const evictPredecessors = async (
  self: PeerAddress,
  { assignors, ...options }: PredecessorOptions,
): Promise<void> => {
  const { coordinator, groupId, logger } = options;
  const peerOf = (subscription: Buffer): PeerAddress | undefined => {
    if (subscription.length === 0) return undefined;
    const { userData } = decodeSubscription(subscription);
    return assignors.map((one) => one.peerIn?.(userData)).find((peer) => peer !== undefined);
  };
  try {
    const { members } = await coordinator.send(describeGroup(groupId));
    const memberIds = members
      .filter(({ subscription }) => {
        const peer = peerOf(subscription);
        const isHere = peer?.host === self.host && peer.port === self.port;
        return isHere && peer.identity !== self.identity;
      })
      .map(({ memberId }) => memberId);
    if (memberIds.length > 0) await evictDead({ ...self, memberIds }, options);
  } catch (error) {
    if (isUnavailable(error)) throw error;
    logger.debug({ err: error, groupId }, 'the group was not looked at before joining');
  }
};
