import type { KafkaConnection } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import type { TransformConfig } from './config.ts';

/** How the service is known to Kafka. */
export const kafkaOf = ({ kafkaBrokers }: TransformConfig, logger: Logger): KafkaConnection => ({
  brokers: kafkaBrokers,
  clientId: 'millrace-stream-transform',
  logger,
});
