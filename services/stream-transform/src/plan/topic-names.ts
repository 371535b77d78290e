import { internalTopic } from '@millrace/contracts';

/** Names in Kafka of what belongs to a transform. Nothing else spells them out. */

/** The consumer group: its offsets are what has been processed for good. */
export const groupOf = (transform: string): string => `millrace.transform.${transform}`;

/** One task at a time holds it; whoever opens it next shuts the one before out. */
export const transactionalIdOf = (transform: string, stage: number, partition: number): string =>
  `${groupOf(transform)}-${stage}-${partition}`;

export const repartitionTopic = (transform: string, operator: string): string =>
  internalTopic(`transform.${transform}.${operator}.repartition`);

export const changelogTopic = (transform: string, store: string): string =>
  internalTopic(`transform.${transform}.${store}.changelog`);
