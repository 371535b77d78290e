/**
 * Replication bytes → calls on a handler. Pure: no connection, no cache, no state between messages.
 * One call decodes one message, whole; what it cannot read is a typed error, never a guess.
 */
import { MillraceError } from '@millrace/contracts';
import { createByteCursor, truncated } from './byte-cursor.ts';
import type { MessageHandler, OldRowKind, Relation, ReplicaIdentity } from './messages.ts';
import { createTupleReader } from './tuple.ts';

/** First bytes of the messages. */
const code = {
  begin: 0x42,
  commit: 0x43,
  origin: 0x4f,
  relation: 0x52,
  type: 0x59,
  insert: 0x49,
  update: 0x55,
  delete: 0x44,
  truncate: 0x54,
  message: 0x4d,
} as const;

/** First bytes of the tuples within a row message. */
const NEW_TUPLE = 0x4e;
const KEY_TUPLE = 0x4b;
const OLD_TUPLE = 0x4f;

/** Microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01. */
export const POSTGRES_EPOCH_US = 946_684_800_000_000n;

const replicaIdentities: Readonly<Record<string, ReplicaIdentity>> = {
  d: 'default',
  n: 'nothing',
  f: 'full',
  i: 'index',
};

export interface Decoder {
  /** Decodes one message. Throws `pgoutput.message-unknown`, `pgoutput.message-truncated`. */
  decode(message: Buffer): void;
}

const unknown = (what: string, byte: number | undefined): MillraceError =>
  new MillraceError('pgoutput.message-unknown', `${what} ${byte} is not known`);

const decodeRelation = (message: Buffer): Relation => {
  const cursor = createByteCursor(message, 1, 'relation');
  const oid = cursor.uint32();
  const schema = cursor.text();
  const table = cursor.text();
  const identityByte = cursor.uint8();
  const replicaIdentity = replicaIdentities[String.fromCharCode(identityByte)];
  if (replicaIdentity === undefined) throw unknown('replica identity', identityByte);
  const columns = Array.from({ length: cursor.uint16() }, () => ({
    identity: (cursor.uint8() & 1) === 1,
    name: cursor.text(),
    typeOid: cursor.uint32(),
    typeModifier: cursor.int32(),
  }));
  // pg_catalog is sent as an empty schema name
  return { oid, schema: schema === '' ? 'pg_catalog' : schema, table, replicaIdentity, columns };
};

const oldKindOf = (tuple: number | undefined): OldRowKind | undefined =>
  tuple === KEY_TUPLE ? 'identity' : tuple === OLD_TUPLE ? 'full' : undefined;

/** A decoder that calls `handler`; its tuples are reused, so a handler reads them before it returns. */
export const createDecoder = (handler: MessageHandler): Decoder => {
  const oldRow = createTupleReader();
  const newRow = createTupleReader();

  const need = (message: Buffer, length: number, what: string): void => {
    if (message.length < length) throw truncated(what, length, message.length);
  };

  const readNewTuple = (message: Buffer, at: number): void => {
    need(message, at + 1, 'row message');
    if (message[at] !== NEW_TUPLE) throw unknown('tuple', message[at]);
    newRow.read(message, at + 1);
  };

  const decodeInsert = (message: Buffer): void => {
    readNewTuple(message, 5);
    handler.insert(message.readUInt32BE(1), newRow.tuple);
  };

  const decodeUpdate = (message: Buffer): void => {
    need(message, 6, 'update');
    const oldKind = oldKindOf(message[5]);
    const at = oldKind === undefined ? 5 : oldRow.read(message, 6);
    readNewTuple(message, at);
    const old = oldKind === undefined ? undefined : oldRow.tuple;
    handler.update(message.readUInt32BE(1), oldKind, old, newRow.tuple);
  };

  const decodeDelete = (message: Buffer): void => {
    need(message, 6, 'delete');
    const oldKind = oldKindOf(message[5]);
    if (oldKind === undefined) throw unknown('tuple', message[5]);
    oldRow.read(message, 6);
    handler.delete(message.readUInt32BE(1), oldKind, oldRow.tuple);
  };

  const decodeTruncate = (message: Buffer): void => {
    const cursor = createByteCursor(message, 1, 'truncate');
    const count = cursor.uint32();
    const options = cursor.uint8();
    need(message, 6 + count * 4, 'truncate');
    const oids = Array.from({ length: count }, () => cursor.uint32());
    handler.truncate(oids, { cascade: (options & 1) !== 0, restartIdentity: (options & 2) !== 0 });
  };

  const decodeLogicalMessage = (message: Buffer): void => {
    const cursor = createByteCursor(message, 1, 'logical message');
    const transactional = (cursor.uint8() & 1) === 1;
    const lsn = cursor.uint64();
    const prefix = cursor.text();
    handler.message({ transactional, lsn, prefix, content: cursor.bytes(cursor.uint32()) });
  };

  const decodeSeldom = (message: Buffer): void => {
    switch (message[0]) {
      case code.relation:
        handler.relation(decodeRelation(message));
        return;
      case code.type: {
        const cursor = createByteCursor(message, 1, 'type');
        handler.type({ oid: cursor.uint32(), schema: cursor.text(), name: cursor.text() });
        return;
      }
      case code.origin: {
        const cursor = createByteCursor(message, 1, 'origin');
        handler.origin(cursor.uint64(), cursor.text());
        return;
      }
      case code.truncate:
        decodeTruncate(message);
        return;
      case code.message:
        decodeLogicalMessage(message);
        return;
      default:
        if (message.length === 0) throw truncated('message', 1, 0);
        throw unknown('message', message[0]);
    }
  };

  const decode = (message: Buffer): void => {
    switch (message[0]) {
      case code.insert:
        decodeInsert(message);
        return;
      case code.update:
        decodeUpdate(message);
        return;
      case code.delete:
        decodeDelete(message);
        return;
      case code.begin: {
        need(message, 21, 'begin');
        const committedAtUs = message.readBigInt64BE(9) + POSTGRES_EPOCH_US;
        handler.begin(message.readBigUInt64BE(1), committedAtUs, message.readUInt32BE(17));
        return;
      }
      case code.commit: {
        need(message, 26, 'commit');
        const committedAtUs = message.readBigInt64BE(18) + POSTGRES_EPOCH_US;
        handler.commit(message.readBigUInt64BE(2), message.readBigUInt64BE(10), committedAtUs);
        return;
      }
      default:
        decodeSeldom(message);
        return;
    }
  };

  return { decode };
};
