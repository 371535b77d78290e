/**
 * What a transaction of the source held: a BEGIN and an END record on `<prefix>.transaction`, and the place of every
 * change in it. Counted from the transaction's first change whether it is written now or was before a restart, so
 * the numbers are the same however often it is cut.
 */
import type { ChangeBatch } from '../change-batch.ts';
import {
  type AvroOutput,
  createAvroOutput,
  writeByte,
  writeFrame,
  writeLong,
  writeText,
} from '../columns/avro-output.ts';
import type { TransactionOrder } from './transaction-order.ts';

export interface TransactionTopic {
  readonly topic: string;
  readonly keySchemaId: number;
  readonly valueSchemaId: number;
}

export interface TransactionMetadata {
  begin(transactionId: number, commitLsn: bigint, committedAtMs: number): void;
  /** The next change of the transaction, of a table by its full name. */
  next(table: string): TransactionOrder;
  /** Changes so far. */
  readonly count: number;
  addBegin(batch: ChangeBatch): void;
  addEnd(batch: ChangeBatch): void;
}

const RECORD_BYTES_MAX = 1024;

export const createTransactionMetadata = (target: TransactionTopic): TransactionMetadata => {
  let id = '';
  let committedAtMs = 0;
  let total = 0;
  let perTable = new Map<string, number>();

  const built = (bytesMax: number, write: (out: AvroOutput) => void): Buffer => {
    const out = createAvroOutput(Buffer.allocUnsafe(bytesMax));
    write(out);
    return out.bytes.subarray(0, out.position);
  };
  const add = (
    batch: ChangeBatch,
    status: string,
    writeCounts: (out: AvroOutput) => void,
  ): void => {
    const key = built(RECORD_BYTES_MAX, (out) => {
      writeFrame(out, target.keySchemaId);
      writeText(out, id);
    });
    const namesBytes = [...perTable.keys()].reduce((sum, name) => sum + 3 * name.length + 32, 0);
    const value = built(RECORD_BYTES_MAX + namesBytes, (out) => {
      writeFrame(out, target.valueSchemaId);
      writeText(out, status);
      writeText(out, id);
      writeCounts(out);
      writeLong(out, committedAtMs);
    });
    batch.add(target.topic, 0, { key, value });
  };

  return {
    begin: (transactionId, commitLsn, atMs) => {
      id = `${transactionId}:${commitLsn}`;
      committedAtMs = atMs;
      total = 0;
      perTable = new Map();
    },
    next: (table) => {
      total++;
      const collection = (perTable.get(table) ?? 0) + 1;
      perTable.set(table, collection);
      return { id, total, collection };
    },
    get count() {
      return total;
    },
    addBegin: (batch) =>
      add(batch, 'BEGIN', (out) => {
        writeByte(out, 0);
        writeByte(out, 0);
      }),
    addEnd: (batch) =>
      add(batch, 'END', (out) => {
        writeByte(out, 2);
        writeLong(out, total);
        writeByte(out, 2);
        if (perTable.size > 0) writeLong(out, perTable.size);
        for (const [table, count] of perTable) {
          writeByte(out, 2);
          writeText(out, table);
          writeLong(out, count);
        }
        writeByte(out, 0);
      }),
  };
};
