/** Short ways to say a rule, for the files that list them. */
import type { AclOperation, AclRule } from './acl-rule.ts';

const rule =
  (resource: AclRule['resource'], pattern: AclRule['pattern']) =>
  (name: string, why: string, ...operations: readonly AclOperation[]): AclRule => ({
    ...{ resource, name, pattern, operations, why },
  });

export const onTopic = rule('topic', 'literal');
export const onTopics = rule('topic', 'prefixed');
export const onGroup = rule('group', 'literal');
export const onGroups = rule('group', 'prefixed');
export const onTransaction = rule('transactional-id', 'literal');
export const onTransactions = rule('transactional-id', 'prefixed');

/** The same for each of several topics. */
export const onEach = (
  topics: readonly string[],
  why: string,
  ...operations: readonly AclOperation[]
): readonly AclRule[] => topics.map((topic) => onTopic(topic, why, ...operations));
