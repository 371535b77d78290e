/** The producer of a session: every transaction of a source has one id, which is what fences an instance that was left behind. */
import type { Contract } from '@millrace/contracts';
import {
  createTransactionalProducer,
  type KafkaConnection,
  type TransactionalProducer,
} from '@millrace/kafka';
import type { CdcConfig } from './config.ts';
import { writtenTopics } from './written-topics.ts';

export interface SessionProducer {
  /** Always the latest. */
  readonly producer: TransactionalProducer;
  /** Puts another of the same id in the place of one that is fenced. */
  reopen(): TransactionalProducer;
}

export const createSessionProducer = (
  kafka: KafkaConnection,
  config: CdcConfig,
  contracts: readonly Contract[],
): SessionProducer => {
  const open = (): TransactionalProducer =>
    createTransactionalProducer(kafka, {
      transactionalId: `millrace.cdc.${config.source}`,
      transactionTimeoutMs: config.transactionTimeoutMs,
      compression: config.compression,
      reach: { topics: () => writtenTopics(kafka, config, contracts) },
    });
  let latest = open();
  const producer: TransactionalProducer = {
    transaction: (work, limits) => latest.transaction(work, limits),
    fence: () => latest.fence(),
    settle: () => latest.settle(),
    partitionCount: (topic) => latest.partitionCount(topic),
    close: () => latest.close(),
  };
  return {
    producer,
    reopen: () => {
      latest.close().catch(() => undefined);
      latest = open();
      return producer;
    },
  };
};
