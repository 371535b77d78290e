import type { Logger } from '@millrace/pipeline';
import { ERROR, isUnavailable, refused } from '../../cluster/protocol-errors.ts';
import { removeMembers } from '../../messages/group-messages.ts';
import type { Coordinator } from '../coordinator.ts';
import type { Peer } from './peer.ts';

/**
 * Puts the members of a dead process out of their group, as the coordinator does when their sessions are over: by
 * LeaveGroup in their names, for which a client needs no right beyond the one to join. A member that was put out by
 * mistake joins anew under another id, and its commits under the old one are refused, as after any session that ended.
 */
export interface EvictOptions {
  readonly coordinator: Coordinator;
  readonly groupId: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  evicted(members: number): void;
}

/** What came of it: put out by this process, gone already (by another one, or it had left in order), or still there. */
export type Eviction = 'evicted' | 'gone' | 'kept';

/** Never rejects. */
export const evictDead = async (
  { memberIds, host, port }: Peer,
  { coordinator, groupId, logger, signal, evicted }: EvictOptions,
): Promise<Eviction> => {
  const where = { groupId, peer: `${host}:${port}`, members: memberIds.length };
  try {
    const { errorCode, members } = await coordinator.patiently(
      `evicting the members of a dead process from ${groupId}`,
      () => coordinator.send(removeMembers(groupId, memberIds)),
      signal,
    );
    if (errorCode !== ERROR.none) throw refused(errorCode, `evicting members of ${groupId}`);
    // Those that are not known any more have left in order, or another member was first.
    const gone = members.filter((code) => code === ERROR.none).length;
    if (gone === 0) return 'gone';
    evicted(gone);
    logger.warn(
      { ...where, code: 'kafka.peer-dead' },
      'a process of the group is dead: its partitions are dealt anew without waiting for its session',
    );
    return 'evicted';
  } catch (error) {
    if (signal.aborted || isUnavailable(error)) return 'kept';
    logger.warn({ err: error, ...where }, 'a dead process was not evicted; its session is awaited');
    return 'kept';
  }
};
