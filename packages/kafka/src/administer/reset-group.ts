import { MillraceError } from '@millrace/contracts';
import type { Admin } from '../admin.ts';

/** What is taken from a group that keeps topics of its own. */
export interface GroupReset {
  readonly groupId: string;
  /** Topics that only its members use; those that exist are deleted. */
  readonly topics: readonly string[];
  /** `forget`: it begins where its other topics begin. */
  readonly offsets: 'keep' | 'forget';
}

/** Rejects with `kafka.refused`, naming the members, while the group has some. */
export const requireNoMembers = async (
  admin: Pick<Admin, 'groupMembers'>,
  groupId: string,
): Promise<void> => {
  const members = await admin.groupMembers(groupId);
  if (members.length === 0) return;
  const who = members.map(({ clientId, host }) => `${clientId} at ${host.replace(/^\//, '')}`);
  throw new MillraceError('kafka.refused', `stop the members of ${groupId}: ${who.join(', ')}`);
};

/**
 * Deletes a group's own topics, and its offsets when asked to; answers with the topics deleted. May be repeated
 * after a crash in its midst. Rejects with `kafka.refused`, naming the members, while the group has some, and has
 * deleted nothing then.
 */
export const resetGroup = async (
  admin: Pick<Admin, 'groupMembers' | 'deleteGroup' | 'describeTopics' | 'deleteTopics'>,
  { groupId, topics, offsets }: GroupReset,
): Promise<readonly string[]> => {
  await requireNoMembers(admin, groupId);
  if (offsets === 'forget') await admin.deleteGroup(groupId);
  const existing = (await admin.describeTopics(topics)).map(({ name }) => name);
  await admin.deleteTopics(existing);
  return existing;
};
