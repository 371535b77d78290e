/**
 * The `source`, `transaction`, and time fields of an envelope, written once per table and transaction as
 * bytes; a row adds only its own LSN. `sequence` holds the LSN of the commit before and the row's own.
 */
import {
  type AvroOutput,
  copyBytes,
  createAvroOutput,
  writeBigLong,
  writeByte,
  writeLong,
  writeText,
} from '../columns/avro-output.ts';
import type { TransactionOrder } from '../transactions/transaction-order.ts';
import type { SnapshotMarker } from './envelope-schema.ts';

/** What all rows of a transaction (or of a snapshot) share. */
export interface ChangeContext {
  /** Changes with every transaction; tells whether a table's bytes are still right. */
  readonly serial: number;
  readonly committedAtUs: bigint;
  /** Absent for rows of a snapshot. */
  readonly transactionId: number | undefined;
  /** The commit before this transaction, decimal; absent when not known. */
  readonly lastCommitLsn: string | undefined;
  readonly origin: { readonly name: string; readonly lsn: bigint } | undefined;
  /** When this service took the change, milliseconds. */
  readonly processedAtMs: number;
}

export interface SourceBlock {
  /** Writes `source` and the `transaction` (null without `order`). `lsn` is a safe integer. */
  writeSource(
    out: AvroOutput,
    context: ChangeContext,
    marker: SnapshotMarker,
    lsn: number,
    order?: TransactionOrder,
  ): void;
  /** Writes ts_ms, ts_us and ts_ns of the envelope. */
  writeTimes(out: AvroOutput, context: ChangeContext): void;
}

export interface SourceNames {
  /** Version of this service. */
  readonly version: string;
  /** Debezium's topic prefix. */
  readonly prefix: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

const SCRATCH_BYTES = 4096;
const LSN_DIGITS_MAX = 20;

/** Decimal digits of a safe integer, without a string. */
const writeDigits = (out: AvroOutput, value: number, count: number): void => {
  let rest = value;
  for (let at = out.position + count - 1; at >= out.position; at--) {
    const next = Math.floor(rest / 10);
    out.bytes[at] = 48 + (rest - next * 10);
    rest = next;
  }
  out.position += count;
};

const digitCount = (value: number): number => {
  let count = 1;
  for (let limit = 10; value >= limit; limit *= 10) count++;
  return count;
};

export const createSourceBlock = (names: SourceNames): SourceBlock => {
  const scratch = createAvroOutput(Buffer.allocUnsafe(SCRATCH_BYTES));
  const build = (write: (out: AvroOutput) => void): Buffer => {
    scratch.position = 0;
    write(scratch);
    return Buffer.from(scratch.bytes.subarray(0, scratch.position));
  };
  const opening = build((out) => {
    writeText(out, names.version);
    writeText(out, 'postgresql');
    writeText(out, names.prefix);
  });
  let serial = -1;
  let marker: SnapshotMarker | undefined;
  let head = opening;
  let sequenceHead = opening;
  let middle = opening;
  let tail = opening;
  let times = opening;

  const prepare = (context: ChangeContext, snapshot: SnapshotMarker): void => {
    const ms = Number(context.committedAtUs / 1000n);
    head = build((out) => {
      copyBytes(out, opening, 0, opening.length);
      writeLong(out, ms);
      writeByte(out, 0);
      writeText(out, snapshot);
      writeText(out, names.database);
      writeByte(out, 2);
    });
    const last = context.lastCommitLsn;
    sequenceHead = Buffer.from(last === undefined ? '[null,"' : `["${last}","`);
    middle = build((out) => {
      writeByte(out, 2);
      writeBigLong(out, context.committedAtUs);
      writeByte(out, 2);
      writeBigLong(out, context.committedAtUs * 1000n);
      writeText(out, names.schema);
      writeText(out, names.table);
      if (context.transactionId === undefined) {
        writeByte(out, 0);
      } else {
        writeByte(out, 2);
        writeLong(out, context.transactionId);
      }
      writeByte(out, 2);
    });
    tail = build((out) => {
      writeByte(out, 0); // xmin
      writeOrigin(out, context.origin);
    });
    times = build((out) => {
      const micros = BigInt(context.processedAtMs) * 1000n;
      for (const value of [micros / 1000n, micros, micros * 1000n]) {
        writeByte(out, 2);
        writeBigLong(out, value);
      }
    });
    serial = context.serial;
    marker = snapshot;
  };

  return {
    writeSource: (out, context, snapshot, lsn, order) => {
      if (context.serial !== serial || snapshot !== marker) prepare(context, snapshot);
      copyBytes(out, head, 0, head.length);
      const count = digitCount(lsn);
      writeLong(out, sequenceHead.length + count + 2);
      copyBytes(out, sequenceHead, 0, sequenceHead.length);
      writeDigits(out, lsn, count);
      out.bytes[out.position++] = 34;
      out.bytes[out.position++] = 93;
      copyBytes(out, middle, 0, middle.length);
      writeLong(out, lsn);
      copyBytes(out, tail, 0, tail.length);
      if (order === undefined) writeByte(out, 0);
      else writeOrder(out, order);
    },
    writeTimes: (out, context) => {
      if (context.serial !== serial) prepare(context, marker ?? 'false');
      copyBytes(out, times, 0, times.length);
    },
  };
};

const writeOrder = (out: AvroOutput, { collection, id, total }: TransactionOrder): void => {
  writeByte(out, 2);
  writeText(out, id);
  writeLong(out, total);
  writeLong(out, collection);
};

const writeOrigin = (out: AvroOutput, origin: ChangeContext['origin']): void => {
  if (origin === undefined) {
    writeByte(out, 0);
    writeByte(out, 0);
    return;
  }
  writeByte(out, 2);
  writeText(out, origin.name);
  writeByte(out, 2);
  writeBigLong(out, origin.lsn);
};

/** Upper bound of what a source block and the times take besides the names, bytes. */
export const sourceBlockBytesMax = (names: SourceNames): number =>
  512 +
  LSN_DIGITS_MAX +
  3 * Object.values(names).reduce((sum, name) => sum + Buffer.byteLength(name), 0);
