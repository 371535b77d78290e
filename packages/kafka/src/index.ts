export type { Admin, PartitionOffsets, TopicSpec, TopicState } from './admin.ts';
export type { KafkaConnection } from './connection.ts';
export type {
  AssignedPartition,
  GroupConsumer,
  GroupConsumerOptions,
  GroupHandlers,
  OffsetCommit,
} from './group-consumer.ts';
export { createProducer, type ProducerOptions } from './produce/create-producer.ts';
export {
  partitionForKey,
  type StickyPartitioner,
  stickyPartitioner,
} from './produce/partition-for-key.ts';
export type { Compression, Producer, Transaction, TransactionalProducer } from './producer.ts';
export type {
  ConsumedBatch,
  ConsumedRecord,
  OutgoingRecord,
  PartitionBatch,
  ProducedBatch,
  ProducedPart,
  RecordHeaders,
  TopicPartition,
} from './records.ts';
