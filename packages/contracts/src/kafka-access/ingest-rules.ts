/** The door, and `millrace load`, which goes the same way. */
import {
  ingestIdsTopic,
  ingestKeysTopic,
  ingestPositionsTopic,
  spoolPositionsTopic,
  streamGatesTopic,
} from '../topics.ts';
import { type AccessInput, rejectedTopicOf, topicsOf } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach, onGroup, onTopic, onTransaction, onTransactions } from './rule-words.ts';

const sourceTransaction = (name: string): string => `millrace.ingest.source.${name}`;

const positionRules: readonly AclRule[] = [
  onTopic(ingestPositionsTopic, 'how far sources are read', 'Read', 'Write', 'Create'),
];

const gateRule = onTopic(streamGatesTopic, 'streams that are not open', 'Read', 'Create');

const rejectedRules = ({ contracts }: AccessInput): readonly AclRule[] => {
  const topic = rejectedTopicOf(contracts);
  if (topic === undefined) return [];
  return [onTopic(topic, 'what is rejected is kept', 'Write', 'DescribeConfigs')];
};

const pullRules = ({ settings }: AccessInput): readonly AclRule[] => {
  const { followedSources } = settings;
  if (followedSources.length === 0) return [];
  return [
    ...positionRules,
    onTopic(ingestPositionsTopic, 'whether it is there', 'DescribeConfigs'),
    onGroup('millrace.ingest.sources', 'doors share the sources', 'Read'),
    ...followedSources.map((name) =>
      onTransaction(sourceTransaction(name), 'rows and position in one transaction', 'Write'),
    ),
  ];
};

export const ingestRules = (input: AccessInput): readonly AclRule[] => {
  const { contracts, settings } = input;
  return [
    // Read: ids that were taken, after a restart and where the outcome of a write is not known
    ...onEach(
      topicsOf(contracts, 'event'),
      'events; read back for their ids',
      ...(['Write', 'Read', 'DescribeConfigs'] as const),
    ),
    ...rejectedRules(input),
    onTopic(
      ingestIdsTopic,
      'ids that all doors have taken',
      ...(['Read', 'Write', 'Create', 'AlterConfigs'] as const),
    ),
    gateRule,
    onGroup(settings.sinkGroup, 'answers with `queryable`', 'Describe'),
    ...(settings.asksForKeys
      ? [onTopic(ingestKeysTopic, 'keys, and their last use', 'Read', 'Write', 'Create')]
      : []),
    ...(settings.hasSpool
      ? [
          onTopic(spoolPositionsTopic, 'how far spools are drained', 'Read', 'Write', 'Create'),
          onTransactions('millrace.ingest.spool-', 'spools are drained exactly once', 'Write'),
        ]
      : []),
    ...pullRules(input),
  ];
};

export const loadRules = (input: AccessInput): readonly AclRule[] => [
  ...onEach(topicsOf(input.contracts, 'event'), 'rows as events', 'Write', 'DescribeConfigs'),
  ...rejectedRules(input),
  gateRule,
  ...positionRules,
  onTransactions(sourceTransaction(''), 'rows and position in one transaction', 'Write'),
];
