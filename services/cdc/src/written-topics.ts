/** The topics that a source's transactions may write to, among those that there are. */
import {
  type Contract,
  cdcStateTopic,
  changeTopicPrefix,
  deadTopic,
  positionsTopic,
} from '@millrace/contracts';
import { createAdmin, type KafkaConnection } from '@millrace/kafka';
import type { CdcConfig } from './config.ts';
import { outboxTopicPattern } from './outbox/outbox-rules.ts';
import { expressionOf } from './source/captured-tables.ts';

type Settings = Pick<CdcConfig, 'notificationTopic' | 'outboxTable' | 'outboxTopic' | 'source'>;

/** Whether transactions of the source may write to a topic of this name. */
export const mayWriteTo = (
  config: Settings,
  contracts: readonly Contract[],
): ((topic: string) => boolean) => {
  const { notificationTopic, source } = config;
  const named = new Set([
    ...[positionsTopic(source), cdcStateTopic(source), deadTopic('cdc')],
    ...(notificationTopic === undefined ? [] : [notificationTopic]),
    ...contracts.flatMap((contract) =>
      contract.source.kind === 'change' && contract.source.source === source
        ? [contract.topic.name]
        : [],
    ),
  ]);
  const prefix = `${changeTopicPrefix(source)}.`;
  const routed =
    config.outboxTable === undefined ? undefined : expressionOf(outboxTopicPattern(config));
  return (topic) => named.has(topic) || topic.startsWith(prefix) || routed?.test(topic) === true;
};

/** Those of the cluster. Rejects with `kafka.*`. */
export const writtenTopics = async (
  kafka: KafkaConnection,
  config: Settings,
  contracts: readonly Contract[],
): Promise<readonly string[]> => {
  const admin = createAdmin(kafka);
  try {
    return (await admin.listTopics()).filter(mayWriteTo(config, contracts));
  } finally {
    await admin.close();
  }
};
