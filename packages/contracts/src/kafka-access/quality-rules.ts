/** The quality service: it sees everything that there is, and writes what is its own. */
import { deadTopicSettings } from '../plan/topics.ts';
import { alertsContract, qualityResultsContract } from '../platform/platform-contracts.ts';
import {
  auditTopic,
  cdcStateTopic,
  deadFloodsTopic,
  deadRedrivesTopic,
  deadRefusedAgainTopic,
  deadTransformedAgainTopic,
  ingestKeysTopic,
  internalTopic,
  streamGatesTopic,
} from '../topics.ts';
import { type AccessInput, topicsOf } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach, onGroup, onGroups, onTopic, onTopics, onTransactions } from './rule-words.ts';

const deadTopics = (['cdc', 'sink', 'stream-transform'] as const).map(
  (service) => deadTopicSettings(service).name,
);
const ownStreams = () => [qualityResultsContract(), alertsContract()];

const namesOf = (names: readonly string[]): readonly string[] => [...new Set(names)].sort();

export const qualityRules = ({
  contracts,
  transforms,
  settings,
}: AccessInput): readonly AclRule[] => {
  const { alertsTopic, lineageTopic, signalTopic } = settings;
  const ownTopics = topicsOf(contracts);
  return [
    onTopic('*', 'how long topics are, whoever they belong to', 'Describe'),
    onGroup('*', 'how far groups are, whoever they belong to', 'Describe'),
    ...onEach(
      ownTopics,
      'newest records, live rules, settings in the catalog',
      ...(['Read', 'DescribeConfigs'] as const),
    ),
    ...transforms.map(({ name }) =>
      onTopics(
        `${internalTopic(`transform.${name}`)}.`,
        'how long records wait between stages: the time of the one that is next',
        'Read',
      ),
    ),
    ...onEach(deadTopics, 'dead letters', 'Read', 'DescribeConfigs'),
    ...onEach(settings.captures.map(cdcStateTopic), 'whether a table is read whole', 'Read'),
    onTopic(ingestKeysTopic, 'who holds keys for a stream', 'Read'),
    onTopic(deadFloodsTopic, 'floods, and orders to let them go', 'Read', 'Write', 'Create'),
    onTopic(streamGatesTopic, 'rules that shut a stream', 'Read', 'Write', 'Create'),
    onTopic(streamGatesTopic, 'whether there are gates', 'DescribeConfigs'),
    onTopic(auditTopic, 'who did what', 'Read', 'Write', 'Create', 'DescribeConfigs'),
    onTopic(alertsTopic, 'open alerts and silences', 'Read', 'Write', 'Create'),
    ...ownStreams().map(({ topic }) =>
      onTopic(topic.name, 'results and alerts as streams', 'Write', 'Create'),
    ),
    // a redrive lands letters again by a sink of its own
    onTopic(deadRedrivesTopic, 'redrives', 'Read', 'Write', 'Create'),
    onTopic(
      deadRefusedAgainTopic,
      'what a redrive could not land',
      ...(['Read', 'Write', 'Create', 'DescribeConfigs'] as const),
    ),
    // and has a transform take letters once more
    onTopic(
      deadTransformedAgainTopic,
      'what came of letters that went through their transform again',
      ...(['Read', 'Write', 'Create', 'DescribeConfigs'] as const),
    ),
    ...onEach(
      namesOf(transforms.flatMap(({ reads }) => reads)).filter(
        (topic) => !ownTopics.includes(topic),
      ),
      'records that go through a transform again',
      ...(['Read', 'DescribeConfigs'] as const),
    ),
    ...onEach(
      namesOf(transforms.flatMap(({ writes }) => writes)),
      'results of records that go through a transform again',
      'Write',
    ),
    onGroups('millrace.redrive.', 'offsets of redrives', 'Read', 'Delete'),
    onTransactions('millrace.redrive.', 'a batch of a redrive is one transaction', 'Write'),
    ...(signalTopic === undefined
      ? []
      : [onTopic(signalTopic, 'letters of a capture are sent again', 'Write', 'Create')]),
    ...(lineageTopic === undefined
      ? []
      : [onTopic(lineageTopic, 'OpenLineage events', 'Write', 'Create')]),
  ];
};
