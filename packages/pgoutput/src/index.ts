export { commitLsnOf } from './commit-lsn.ts';
export { createDecoder, type Decoder, POSTGRES_EPOCH_US } from './decoder.ts';
export { formatLsn, parseLsn, ZERO_LSN } from './lsn.ts';
export type {
  LogicalMessage,
  MessageHandler,
  OldRowKind,
  Relation,
  RelationColumn,
  ReplicaIdentity,
  TypeName,
} from './messages.ts';
export { createRelationCache, type RelationCache } from './relation-cache.ts';
export { encodeStandbyStatus } from './standby-status.ts';
export {
  beginOf,
  commitOf,
  readStreamControl,
  type StreamControl,
  transactionIdOf,
} from './streamed.ts';
export { createTupleReader, type Tuple, type TupleReader, valueKind } from './tuple.ts';
