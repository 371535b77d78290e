/**
 * Commands of a person that go to Kafka themselves: `cdc status`, `ingest keys`, `sink status|dead`, `stream`, `transform status|reset`, `verify`,
 * `replay`. Those that go through the quality service need no rule.
 */
import { deadTopicSettings } from '../plan/topics.ts';
import {
  cdcStateTopic,
  ingestKeysTopic,
  internalTopic,
  positionsTopic,
  streamGatesTopic,
  transformGroup,
  transformsTopic,
} from '../topics.ts';
import { type AccessInput, topicsOf } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onEach, onGroup, onGroups, onTopic, onTopics, onTransactions } from './rule-words.ts';

const replays = internalTopic('sink.replays');

export const operatorRules = ({
  contracts,
  transforms,
  settings,
}: AccessInput): readonly AclRule[] => [
  ...onEach(topicsOf(contracts), 'verify, replay, status', 'Read', 'DescribeConfigs'),
  ...onEach(
    (['cdc', 'sink', 'stream-transform'] as const).map((one) => deadTopicSettings(one).name),
    'dead letters',
    ...(['Read', 'DescribeConfigs'] as const),
  ),
  ...settings.captures.flatMap((source) =>
    onEach([positionsTopic(source), cdcStateTopic(source)], 'cdc status', 'Read'),
  ),
  onGroup(settings.sinkGroup, 'sink status', 'Describe'),
  onTopic(ingestKeysTopic, 'ingest keys', 'Read', 'Write', 'Create', 'DescribeConfigs'),
  onTopic(streamGatesTopic, 'stream', 'Read', 'Write', 'Create', 'DescribeConfigs'),
  onTopic(replays, 'replay', 'Read', 'Write', 'Create'),
  onTopic(deadTopicSettings('sink').name, 'replay: what is refused again', 'Write'),
  onGroups('millrace.replay.', 'replay', 'Read', 'Delete'),
  onTransactions('millrace.replay.', 'replay', 'Write'),
  ...(transforms.length === 0
    ? []
    : [onTopic(transformsTopic, 'transform status, reset', 'Read', 'DescribeConfigs')]),
  ...transforms.flatMap(({ name }) => [
    onTopics(
      `${internalTopic(`transform.${name}`)}.`,
      'transform status, reset',
      ...(['Read', 'Delete', 'DescribeConfigs'] as const),
    ),
    onGroup(transformGroup(name), 'transform status, reset', 'Read', 'Delete'),
  ]),
];
