/** The sink. */

import { deadFloodsTopic, deadTopic, streamGatesTopic } from '../topics.ts';
import { hasWarehouse } from '../warehouse/warehouse-table.ts';
import { type AccessInput, topicsOf } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach, onGroup, onTopic, onTransactions } from './rule-words.ts';

export const sinkRules = ({ contracts, settings }: AccessInput): readonly AclRule[] => [
  ...onEach(topicsOf(contracts.filter(hasWarehouse)), 'what lands', 'Read'),
  onGroup(settings.sinkGroup, 'offsets and claims', 'Read'),
  onTransactions(`${settings.sinkGroup}.`, 'claims and letters in one transaction', 'Write'),
  onTopic(deadTopic('sink'), 'dead letters', 'Write', 'Create'),
  onTopic(deadFloodsTopic, 'floods of dead letters', 'Read', 'Write', 'Create'),
  onTopic(streamGatesTopic, 'streams that are not open', 'Read', 'Create'),
];
