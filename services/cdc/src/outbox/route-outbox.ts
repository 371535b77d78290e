/**
 * Inserts into the outbox table leave as messages of their own topics; its updates and deletes mean nothing. The
 * topic of a message is known only by its row, so topics are made, and partitions chosen, when the batch is
 * written: in the same Kafka transaction as every other change and the position.
 */
import { deadTopic, MillraceError } from '@millrace/contracts';
import { partitionForKey } from '@millrace/kafka';
import type { ChangeBatch } from '../change-batch.ts';
import { deadLetterOf } from '../dead/dead-letter.ts';
import type { EncodeChange } from '../steps/encode-change.ts';
import { outboxMessage } from './outbox-message.ts';
import { type OutboxSettings, outboxRules } from './outbox-rules.ts';

/** Without an outbox table the encoder is given back as it is. Throws `config.invalid`. */
export const routeOutbox = (encodeChange: EncodeChange, settings: OutboxSettings): EncodeChange => {
  const { outboxTable } = settings;
  if (outboxTable === undefined) return encodeChange;
  const rules = outboxRules(settings);
  return (table, change, batch) => {
    const { schema, table: name } = table.shape;
    if (`${schema}.${name}` !== outboxTable) return encodeChange(table, change, batch);
    // rows that stand there when the capture begins were sent by whoever was there before
    if (change.op !== 'c' || change.row === undefined) return 'skipped';
    try {
      const { context } = change.source;
      const message = outboxMessage(table.shape, change.row, context.processedAtMs, rules);
      batch.route(message.topic, message.record);
      return 'encoded';
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'cdc.value-invalid') throw error;
      batch.add(deadTopic('cdc'), 0, deadLetterOf(table, change, null, error));
      return 'dead-letter';
    }
  };
};

/** Gives the routed records their partitions; `partitionsOf` makes a topic that is missing. */
export const settleRouted = async (
  batch: ChangeBatch,
  partitionsOf: (topic: string) => Promise<number>,
): Promise<void> => {
  for (const topic of new Set(batch.routed.map((one) => one.topic))) {
    const partitions = await partitionsOf(topic);
    batch.settle(topic, ({ key }) => (key === null ? 0 : partitionForKey(key, partitions)));
  }
};
