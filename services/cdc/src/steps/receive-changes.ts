/**
 * The stream's messages in their order: transactions are counted, changes that are already written are left
 * out, the others are encoded into the open batch. A new relation stops the reading until its shape is known
 * and its schemas are registered.
 */

import {
  beginOf,
  commitOf,
  createDecoder,
  type LogicalMessage,
  type MessageHandler,
  type Tuple,
} from '@millrace/pgoutput';
import type { Logger } from '@millrace/pipeline';
import type { Acknowledgement } from '../acknowledgement.ts';
import type { Batcher } from '../batcher.ts';
import type { DeliveredTransactions } from '../delivered-transactions.ts';
import type { ChangeContext } from '../envelope/source-block.ts';
import type { Operation } from '../envelope/table-writer.ts';
import { MESSAGE_COLLECTION, type MessageRecords } from '../messages/message-records.ts';
import type { CdcMetrics } from '../metrics.ts';
import { changesToSkip, type Position } from '../position.ts';
import type { RowChange } from '../row-change.ts';
import {
  createStreamedTransactions,
  type StreamCommit,
  type StreamedOptions,
} from '../spool/streamed-transactions.ts';
import type { TransactionSpool } from '../spool/transaction-spool.ts';
import type { StreamListener } from '../stream-listener.ts';
import { createToldTables, type PrepareRelation } from '../told-tables.ts';
import type { TransactionMetadata } from '../transactions/transaction-metadata.ts';
import type { TransactionOrder } from '../transactions/transaction-order.ts';
import type { EncodeChange } from './encode-change.ts';

/** Where a cut falls: what is written, and what PostgreSQL may then forget. */
export interface Mark {
  readonly position: Position;
  readonly confirmLsn: bigint;
  readonly committedAtMs: number;
}

export interface ReceiveOptions {
  readonly position: Position;
  readonly acknowledgement: Acknowledgement;
  readonly batcher: Batcher<Mark>;
  readonly encodeChange: EncodeChange;
  readonly prepareRelation: PrepareRelation;
  /** Reading must stop (true) or may go on. */
  holding(hold: boolean): void;
  /** Resolves when more may be encoded. */
  room(): Promise<void>;
  /** Where open transactions wait for their end; absent when the server sends none. */
  readonly spool: Omit<StreamedOptions, 'committed'> | undefined;
  failed(error: unknown): void;
  readonly emitTruncate: boolean;
  readonly listeners: readonly StreamListener[];
  /** Makes records of logical messages. */
  readonly messages: MessageRecords;
  readonly delivered: DeliveredTransactions;
  /** Counts what transactions hold; absent when nobody asked for it. */
  readonly transactions: TransactionMetadata | undefined;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

export interface ReceiveChanges {
  message(payload: Buffer, lsn: number): void;
  keepalive(walEnd: bigint): void;
  /** Where everything received so far would be cut. */
  mark(): Mark;
  /** Bytes of open transactions on disk. */
  readonly spoolBytes: number;
  /** Nothing more is received; what waits on disk is removed. */
  close(): void;
}

/** A change is taken once more, in a corrected shape: it was counted the first time. */
interface Again {
  readonly order: TransactionOrder | undefined;
}

interface Waiting {
  readonly payload: Buffer;
  readonly lsn: number;
}

/** The type byte of a message that describes a table. */
const RELATION = 0x52;

/** Undefined when the server sends no open transactions. */
const streamedOf = (
  { failed, spool }: ReceiveOptions,
  replay: (commit: StreamCommit, spool: TransactionSpool) => Promise<void>,
) =>
  spool === undefined
    ? undefined
    : createStreamedTransactions({
        ...spool,
        committed: (commit, spooled) => {
          replay(commit, spooled).catch(failed);
        },
      });

export const createReceiveChanges = (options: ReceiveOptions): ReceiveChanges => {
  const { acknowledgement, batcher, messages, metrics, transactions } = options;
  const tables = createToldTables(options.prepareRelation);
  const backlog: Waiting[] = [];
  let [held, isReplaying, isClosed, inTransaction] = [false, false, false, false];
  let [again, isCorrecting]: [Again | undefined, boolean] = [undefined, false];
  let ready: Promise<void> | undefined;
  let { commitLsn, index: seen } = options.position;
  let [skip, serial, messageLsn] = [0, 0, 0];
  let lastCommitLsn = commitLsn > 0n ? String(commitLsn) : undefined; // of the run before this one
  let context: ChangeContext | undefined;
  let message: Buffer = Buffer.alloc(0);
  const rowListeners = options.listeners.filter((listener) => listener.rowChange !== undefined);

  const mark = (): Mark => ({
    // a row that waits for its table's shape is counted, and not written yet
    position: { ...options.position, commitLsn, index: isCorrecting ? seen - 1 : seen },
    confirmLsn: acknowledgement.receivedLsn,
    committedAtMs: context === undefined ? options.nowMs() : Number(context.committedAtUs / 1000n),
  });

  const change = (
    relationOid: number,
    op: Operation,
    oldKind: RowChange['oldKind'],
    old: Tuple | undefined,
    row: Tuple | undefined,
  ): void => {
    const isAgain = again !== undefined;
    if (!isAgain) seen++;
    const isWritten = seen <= skip;
    if (context === undefined || (isWritten && transactions === undefined)) return;
    const table = tables.get(relationOid);
    if (table === undefined) {
      if (!isWritten && op === 'c' && row !== undefined) {
        for (const listener of options.listeners) listener.otherInsert?.(relationOid, row);
      }
      return;
    }
    const order = isAgain
      ? again?.order
      : transactions?.next(`${table.shape.schema}.${table.shape.table}`);
    if (isWritten) return;
    const source = { context, marker: 'false', lsn: messageLsn, order } as const;
    const rowChange = { op, oldKind, old, row, raw: message, source };
    if (!isAgain) for (const listener of rowListeners) listener.rowChange?.(table, rowChange);
    const outcome = options.encodeChange(table, rowChange, batcher.open);
    if (outcome === 'outdated') {
      correct(relationOid, order);
      return;
    }
    if (order?.total === 1) transactions?.addBegin(batcher.open);
    metrics.changed(op, outcome);
    batcher.added(mark);
  };

  /** Nothing is taken any further before it has resolved. */
  const holdUntil = (done: Promise<void>): void => {
    held = true;
    options.holding(true);
    ready = done.then(() => {
      held = false;
      goOn();
    });
    ready.catch(options.failed);
  };

  /** One outside a transaction comes between two of them, and has a position of its own. */
  const stepTo = (lsn: bigint, isRecord: boolean): void => {
    const nowMs = options.nowMs();
    commitLsn = lsn;
    seen = 0;
    if (isRecord) lastCommitLsn = String(lsn); // it ends itself, as in Debezium
    context = {
      ...{ serial: ++serial, committedAtUs: BigInt(nowMs) * 1000n, transactionId: undefined },
      ...{ lastCommitLsn, origin: undefined, processedAtMs: nowMs },
    };
    acknowledgement.received(lsn);
  };

  /** One in a transaction counts among its changes. */
  const takeMessage = (told: LogicalMessage, isRecord: boolean): void => {
    const { transactional, prefix, content, lsn } = told;
    if (!transactional) stepTo(lsn, isRecord);
    if (context === undefined) return;
    if (transactional) seen++;
    const order = transactional && isRecord ? transactions?.next(MESSAGE_COLLECTION) : undefined;
    if (transactional && seen <= skip) return;
    const { transactionId } = context;
    for (const listener of options.listeners) {
      listener.logicalMessage?.({ transactional, prefix, content, lsn, transactionId });
    }
    if (!isRecord) return;
    if (order?.total === 1) transactions?.addBegin(batcher.open);
    metrics.changed('m', messages.add(told, { context, order }, batcher.open));
    batcher.added(mark);
    if (!transactional) batcher.committed(mark);
  };

  const logicalMessage = (told: LogicalMessage): void => {
    const isPassed = !told.transactional && told.lsn <= options.position.commitLsn;
    if (isPassed) return;
    const isRecord = messages.wants(told.prefix);
    if (!isRecord || messages.isReady) {
      takeMessage(told, isRecord);
      return;
    }
    const kept = { ...told, content: Buffer.from(told.content) };
    holdUntil(
      messages.prepare().then(() => {
        if (!isClosed) takeMessage(kept, true);
      }),
    );
  };

  /** The END record counts as a change, so that a restart knows whether it is written. */
  const endMetadata = (): void => {
    if (transactions === undefined || transactions.count === 0) return;
    seen++;
    if (seen <= skip) return;
    transactions.addEnd(batcher.open);
    batcher.added(mark);
  };

  const truncate = (relationOids: readonly number[]): void => {
    for (const oid of relationOids) {
      const table = tables.get(oid);
      if (table === undefined || seen < skip) continue;
      for (const listener of options.listeners) listener.truncated?.(table);
    }
    if (!options.emitTruncate) seen++;
    for (const oid of relationOids) {
      const table = tables.get(oid);
      // without a key it would be refused by a compacted topic, again and again
      if (options.emitTruncate && !table?.isCompacted) {
        change(oid, 't', undefined, undefined, undefined);
        continue;
      }
      if (options.emitTruncate) seen++;
      if (table === undefined || seen <= skip) continue;
      metrics.truncateSkipped();
      options.logger.warn(
        { schema: table.shape.schema, table: table.shape.table },
        'a TRUNCATE was left out: consumers keep the rows (MILLRACE_CDC_TRUNCATE, or a compacted topic)',
      );
    }
  };

  /** The row showed what the catalog of now does not tell of its moment: shape and schema first, then the row. */
  const correct = (relationOid: number, order: TransactionOrder | undefined): void => {
    if (again !== undefined) throw new Error('a corrected shape does not fit its row');
    const { out } = batcher.open;
    const corrected = tables.corrected(relationOid, out.findings, context?.transactionId);
    out.findings = [];
    // the driver uses its buffer again
    const payload = Buffer.from(message);
    const lsn = messageLsn;
    const takeAgain = (): void => {
      isCorrecting = false;
      again = { order };
      decode(payload, lsn);
      again = undefined;
    };
    isCorrecting = true;
    holdUntil(corrected.then(takeAgain));
  };

  const handler: MessageHandler = {
    begin: (finalLsn, committedAtUs, transactionId) => {
      inTransaction = true;
      // from its first change on: a snapshot that misses it must not be taken for newer
      options.delivered.add(transactionId);
      skip = changesToSkip(options.position, finalLsn);
      commitLsn = finalLsn;
      seen = 0;
      transactions?.begin(transactionId, finalLsn, Number(committedAtUs / 1000n));
      context = {
        serial: ++serial,
        committedAtUs,
        transactionId,
        lastCommitLsn,
        origin: undefined,
        processedAtMs: options.nowMs(),
      };
    },
    commit: (_commitLsn, endLsn) => {
      inTransaction = false;
      endMetadata();
      lastCommitLsn = String(endLsn); // where the commit record ends, as in Debezium
      acknowledgement.received(endLsn);
      metrics.committed();
      batcher.committed(mark);
    },
    relation: (relation) => holdUntil(tables.told(relation, context?.transactionId)),
    type: () => undefined, // the catalog tells more of a type than its name
    insert: (oid, row) => change(oid, 'c', undefined, undefined, row),
    update: (oid, oldKind, old, row) => change(oid, 'u', oldKind, old, row),
    delete: (oid, oldKind, old) => change(oid, 'd', oldKind, old, undefined),
    truncate,
    message: logicalMessage,
    origin: (lsn, name) => {
      if (context !== undefined) context = { ...context, serial: ++serial, origin: { name, lsn } };
    },
  };
  const decoder = createDecoder(handler);

  const decode = (payload: Buffer, lsn: number): void => {
    message = payload;
    messageLsn = lsn;
    decoder.decode(payload);
  };

  /** A streamed transaction that committed: from the disk, as if it came now. */
  const replay = async (commit: StreamCommit, spool: TransactionSpool): Promise<void> => {
    isReplaying = true;
    options.holding(true);
    try {
      decode(beginOf(commit), 0);
      const isWritten = skip === Number.POSITIVE_INFINITY;
      for (const messages of spool.read()) {
        for (const { payload, lsn } of messages) {
          // what it told of its tables the server does not tell again
          if (isWritten && payload[0] !== RELATION) continue;
          decode(payload, lsn);
          if (held) await ready;
        }
        await options.room();
        if (isClosed) return;
      }
      decode(commitOf(commit), 0);
    } finally {
      spool.remove();
    }
    isReplaying = false;
    goOn();
  };
  const streamed = streamedOf(options, replay);

  const take = (payload: Buffer, lsn: number): void => {
    if (streamed?.take(payload, lsn) !== true) decode(payload, lsn);
  };

  /** What waited is taken, until something has to be waited for again. */
  const goOn = (): void => {
    try {
      while (!held && !isReplaying) {
        const next = backlog.shift();
        if (next === undefined) {
          options.holding(false);
          return;
        }
        take(next.payload, next.lsn);
      }
    } catch (error) {
      options.failed(error);
    }
  };

  return {
    message: (payload, lsn) => {
      if (isClosed) return;
      // the driver uses its buffer again: what waits is copied
      if (held || isReplaying) backlog.push({ payload: Buffer.from(payload), lsn });
      else take(payload, lsn);
    },
    keepalive: (walEnd) => {
      // within a transaction, or with messages waiting, the server's position is ahead of ours
      if (inTransaction || held || isReplaying || isClosed) return;
      acknowledgement.received(walEnd);
      if (batcher.idle) acknowledgement.idle();
    },
    mark,
    get spoolBytes() {
      return streamed?.byteCount ?? 0;
    },
    close: () => {
      isClosed = true;
      streamed?.close();
    },
  };
};
