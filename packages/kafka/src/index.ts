export type { Admin, PartitionOffsets, TopicSpec, TopicState } from './admin.ts';
export type { KafkaConnection } from './connection.ts';
export type {
  AssignedPartition,
  GroupConsumer,
  GroupConsumerOptions,
  GroupHandlers,
  OffsetCommit,
} from './group-consumer.ts';
export type { Compression, Producer, Transaction, TransactionalProducer } from './producer.ts';
export type {
  ConsumedBatch,
  ConsumedRecord,
  OutgoingRecord,
  PartitionBatch,
  ProducedBatch,
  RecordHeaders,
  TopicPartition,
} from './records.ts';
