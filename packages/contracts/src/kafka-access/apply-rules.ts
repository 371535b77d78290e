/**
 * `millrace contracts apply`: it makes the topics of the contracts and changes them; no record passes through it. With a rollup it asks
 * how far the sink is.
 */
import { wantedTopics } from '../plan/topics.ts';
import type { AccessInput } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach, onGroup } from './rule-words.ts';

export const applyRules = ({ contracts, settings }: AccessInput): readonly AclRule[] => [
  ...onEach(
    wantedTopics(contracts).map(({ settings }) => settings.name),
    'made as the contracts say; partitions are added, settings changed',
    ...(['Create', 'Alter', 'AlterConfigs'] as const),
  ),
  ...(contracts.some(({ warehouse }) => (warehouse?.rollups ?? []).length > 0)
    ? [onGroup(settings.sinkGroup, 'a rollup beside facts waits for the sink', 'Describe')]
    : []),
];
