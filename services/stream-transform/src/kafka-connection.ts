import { type KafkaConnection, kafkaConnection } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import type { TransformConfig } from './config.ts';

/** How the service is known to Kafka. */
export const kafkaOf = (config: TransformConfig, logger: Logger): KafkaConnection =>
  kafkaConnection(config, 'millrace-stream-transform', logger);
