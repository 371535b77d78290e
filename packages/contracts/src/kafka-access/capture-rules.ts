/** The capture of one PostgreSQL database. */
import { cdcStateTopic, deadFloodsTopic, deadTopic, positionsTopic } from '../topics.ts';
import { type AccessInput, capturePrefix } from './access-input.ts';
import type { AclRule } from './acl-rule.ts';
import { onTopic, onTopics, onTransaction } from './rule-words.ts';

/** @param source as in MILLRACE_CDC_SOURCE */
export const captureRules = (
  { settings: { signalTopic, notificationTopic, outboxPrefix } }: AccessInput,
  source: string,
): readonly AclRule[] => [
  // the topics of all its tables, those without a contract among them
  onTopics(
    capturePrefix(source),
    'row changes; topics are made, and take larger records where needed',
    ...(['Write', 'Create', 'AlterConfigs'] as const),
  ),
  onTopic(positionsTopic(source), 'how far it is', 'Read', 'Write', 'Create'),
  onTopic(cdcStateTopic(source), 'snapshots, blocked keys', 'Read', 'Write', 'Create'),
  onTopic(deadTopic('cdc'), 'dead letters', 'Write', 'Create', 'AlterConfigs'),
  onTopic(deadFloodsTopic, 'floods of dead letters', 'Read', 'Write', 'Create'),
  onTransaction(`millrace.cdc.${source}`, 'records and position in one transaction', 'Write'),
  ...(signalTopic === undefined ? [] : [onTopic(signalTopic, 'signals', 'Read', 'Create')]),
  ...(notificationTopic === undefined
    ? []
    : [onTopic(notificationTopic, 'notifications', 'Write', 'Create', 'AlterConfigs')]),
  ...(outboxPrefix === undefined
    ? []
    : [onTopics(outboxPrefix, 'messages of the outbox', 'Write', 'Create', 'AlterConfigs')]),
];
