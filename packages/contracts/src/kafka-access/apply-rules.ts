/** `millrace contracts apply`: it makes the topics of the contracts and changes them; no record passes through it. */
import { wantedTopics } from '../plan/topics.ts';
import type { AccessInput } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach } from './rule-words.ts';

export const applyRules = ({ contracts }: AccessInput): readonly AclRule[] =>
  onEach(
    wantedTopics(contracts).map(({ settings }) => settings.name),
    'made as the contracts say; partitions are added, settings changed',
    ...(['Create', 'Alter', 'AlterConfigs'] as const),
  );
