/**
 * The vocabulary of the pgoutput plugin, protocol version 1: what a decoder tells its handler. Messages
 * that come per row hand over reused tuples instead of objects. What later versions add is in `streamed.ts`.
 * Source: PostgreSQL documentation, Logical Replication Message Formats.
 */
import type { Tuple } from './tuple.ts';

export type ReplicaIdentity = 'default' | 'nothing' | 'full' | 'index';

export interface RelationColumn {
  readonly name: string;
  /** True when the column is part of the replica identity (all columns under FULL). */
  readonly identity: boolean;
  readonly typeOid: number;
  /** PostgreSQL's atttypmod; -1 when the type has none. */
  readonly typeModifier: number;
}

/** A table as it was when the following rows were written. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  readonly replicaIdentity: ReplicaIdentity;
  readonly columns: readonly RelationColumn[];
}

/** A type that is not built in, sent before the first relation that uses it. */
export interface TypeName {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
}

export interface LogicalMessage {
  readonly transactional: boolean;
  readonly lsn: bigint;
  readonly prefix: string;
  readonly content: Buffer;
}

/** What the old row of an UPDATE or DELETE holds: the identity's columns alone, or the full row. */
export type OldRowKind = 'identity' | 'full';

export interface MessageHandler {
  /** `finalLsn` is the LSN of the commit record: equal to the later commit's `commitLsn`. */
  begin(finalLsn: bigint, committedAtUs: bigint, transactionId: number): void;
  /** `endLsn` is the first byte behind the commit record: the exact LSN to confirm. */
  commit(commitLsn: bigint, endLsn: bigint, committedAtUs: bigint): void;
  relation(relation: Relation): void;
  type(type: TypeName): void;
  insert(relationOid: number, row: Tuple): void;
  update(
    relationOid: number,
    oldKind: OldRowKind | undefined,
    old: Tuple | undefined,
    row: Tuple,
  ): void;
  delete(relationOid: number, oldKind: OldRowKind, old: Tuple): void;
  truncate(
    relationOids: readonly number[],
    options: { readonly cascade: boolean; readonly restartIdentity: boolean },
  ): void;
  message(message: LogicalMessage): void;
  /** The transaction was replicated to the source from elsewhere. */
  origin(commitLsn: bigint, name: string): void;
}
