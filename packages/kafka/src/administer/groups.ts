/**
 * Groups from outside: offsets of a group that has no members, and its end. Members commit through
 * `group/commit-offsets.ts`, fenced by their generation; here being without members is the fence.
 */
import { MillraceError } from '@millrace/contracts';
import type { MemberOfGroup } from '../admin.ts';
import { ERROR, errorName, isCoordinatorError, refused } from '../cluster/protocol-errors.ts';
import type { Coordinator } from '../group/coordinator.ts';
import { decodeAssignment } from '../group/group-protocol.ts';
import {
  type CommittedOffset,
  deleteGroups,
  describeGroup,
  offsetCommit,
} from '../messages/group-messages.ts';

/** The group has nothing to delete. */
const GROUP_ID_NOT_FOUND = 69;

const judge = (coordinator: Coordinator, errorCode: number, doing: string): void => {
  if (errorCode === ERROR.none) return;
  if (!isCoordinatorError(errorCode)) throw refused(errorCode, doing);
  coordinator.forget();
  throw new MillraceError('kafka.unavailable', `${doing}: ${errorName(errorCode)}`, {
    retryable: true,
  });
};

/** Rejects with `kafka.refused` (UNKNOWN_MEMBER_ID) while the group has members. */
export const commitWithoutMembers = async (
  coordinator: Coordinator,
  groupId: string,
  offsets: readonly CommittedOffset[],
): Promise<void> => {
  const nobody = { groupId, generation: -1, memberId: '' };
  for (const { topic, partition, errorCode } of await coordinator.ask(
    offsetCommit(nobody, offsets),
  )) {
    judge(coordinator, errorCode, `committing offsets of ${topic}-${partition} for ${groupId}`);
  }
};

/** Rejects with `kafka.refused` (NON_EMPTY_GROUP) while the group has members. */
export const deleteGroup = async (coordinator: Coordinator, groupId: string): Promise<void> => {
  for (const { errorCode } of await coordinator.ask(deleteGroups([groupId]))) {
    if (errorCode === GROUP_ID_NOT_FOUND) continue;
    judge(coordinator, errorCode, `deleting group ${groupId}`);
  }
};

/** Who is in the group now; nobody when it does not exist. */
export const groupMembers = async (
  coordinator: Coordinator,
  groupId: string,
): Promise<readonly MemberOfGroup[]> => {
  const { errorCode, members } = await coordinator.send(describeGroup(groupId));
  judge(coordinator, errorCode, `describing group ${groupId}`);
  return members.map(({ memberId, clientId, host, assignment }) => ({
    ...{ memberId, clientId, host },
    ...decodeAssignment(assignment),
  }));
};
