export type { Admin, MemberOfGroup, PartitionOffsets, TopicSpec, TopicState } from './admin.ts';
export { type AclAdmin, createAclAdmin } from './administer/create-acl-admin.ts';
export { createAdmin } from './administer/create-admin.ts';
export { type GroupReset, requireNoMembers, resetGroup } from './administer/reset-group.ts';
export type { Assignor, MemberAssignment, MemberSubscription } from './assignor.ts';
export type {
  Boundary,
  ClusterWatch,
  OffsetTaker,
  PartitionLayout,
  RecordSight,
  TopicPlace,
  WatchedGroup,
  WatchedMember,
} from './cluster-watch.ts';
export {
  type KafkaConnection,
  type KafkaSasl,
  type KafkaTls,
  type SaslMechanism,
  saslMechanisms,
} from './connection.ts';
export { createGroupConsumer } from './group/create-group-consumer.ts';
export { createPeers, type Peers, type PeersOptions } from './group/peers/create-peers.ts';
export type { Peer, PeerAddress } from './group/peers/peer.ts';
export {
  createStickyAssignor,
  type StickyAssignorOptions,
} from './group/sticky/create-sticky-assignor.ts';
export type { CoPartitionGroup } from './group/sticky/sticky-members.ts';
export {
  decodeStickyAssignment,
  type StickyAssignment,
  type StickyHost,
  type StickyMember,
  type StickyTask,
} from './group/sticky/sticky-user-data.ts';
export type {
  AssignedPartition,
  GroupAssignment,
  GroupConsumer,
  GroupConsumerOptions,
  GroupHandlers,
  OffsetCommit,
  StartOffsets,
} from './group-consumer.ts';
export { eachHeaderTexts, type HeaderTexts } from './header-texts.ts';
export type { Isolation } from './messages/fetch-messages.ts';
export {
  type Accumulator,
  type AccumulatorOptions,
  createAccumulator,
  type RecordPosition,
} from './produce/create-accumulator.ts';
export { createProducer, type ProducerOptions } from './produce/create-producer.ts';
export {
  partitionForKey,
  type StickyPartitioner,
  stickyPartitioner,
} from './produce/partition-for-key.ts';
export type {
  Compression,
  GroupMembership,
  Producer,
  Transaction,
  TransactionalProducer,
} from './producer.ts';
export {
  createTailConsumer,
  type TailConsumer,
  type TailConsumerOptions,
  type TailStart,
} from './read/create-tail-consumer.ts';
export type { Reading } from './read/fetcher.ts';
export {
  createPartitionReader,
  type PartitionReader,
  type ReadPartitionOptions,
  readPartition,
  readPartitionRows,
} from './read/read-partition.ts';
export { recordAt } from './read/record-at.ts';
export { recordKey, recordKeyText } from './record-keys.ts';
export { recordRows, rowsOfSpans } from './record-rows.ts';
export type {
  ConsumedBatch,
  ConsumedRecord,
  OutgoingBatch,
  OutgoingRecord,
  PartitionBatch,
  ProducedBatch,
  ProducedPart,
  RecordHeaders,
  RecordPack,
  RecordRows,
  RecordSpan,
  SharedHeaders,
  TopicPartition,
  WrittenBatch,
  WrittenRecords,
} from './records.ts';
export { type KafkaSettings, kafkaConnection } from './security/kafka-connection.ts';
export {
  createTransactionalProducer,
  type TransactionalProducerOptions,
} from './transactions/create-transactional-producer.ts';
export { createClusterWatch } from './watch/create-cluster-watch.ts';
export { shareHeaders } from './wire/record-headers.ts';
export {
  type BatchMemory,
  createBatchMemory,
  createRecordWriter,
  type RecordWriter,
} from './wire/record-writer.ts';
