/**
 * The columns of one row as offsets into the message that carried them: no object and no copy per row.
 * A tuple is valid until its reader reads the next one. Source: PostgreSQL documentation, Logical
 * Replication Message Formats, TupleData.
 */
import { MillraceError } from '@millrace/contracts';
import { truncated } from './byte-cursor.ts';

/** How a column's value is given. */
export const valueKind = {
  null: 0x6e,
  /** A TOASTed value that the UPDATE did not touch; the value itself is not sent. */
  unchanged: 0x75,
  text: 0x74,
  binary: 0x62,
} as const;

export interface Tuple {
  /** The message that the offsets point into. */
  readonly bytes: Buffer;
  readonly columnCount: number;
  /** One of `valueKind` per column; entries from `columnCount` on are left over from wider rows. */
  readonly kinds: Uint8Array;
  readonly starts: Uint32Array;
  /** Byte lengths; 0 for null and unchanged. */
  readonly lengths: Uint32Array;
}

export interface TupleReader {
  readonly tuple: Tuple;
  /** Reads the tuple at `offset` and returns the offset behind it. Throws `pgoutput.message-truncated`, `pgoutput.message-unknown`. */
  read(bytes: Buffer, offset: number): number;
}

/** PostgreSQL's MaxHeapAttributeNumber: no row has more columns. */
const COLUMNS_MAX = 1600;

const kindUnknown = (kind: number | undefined): MillraceError =>
  new MillraceError('pgoutput.message-unknown', `tuple column kind ${kind} is not known`);

/** A reader with arrays of its own; one per place where a tuple must stay readable (old and new row). */
export const createTupleReader = (): TupleReader => {
  const kinds = new Uint8Array(COLUMNS_MAX);
  const starts = new Uint32Array(COLUMNS_MAX);
  const lengths = new Uint32Array(COLUMNS_MAX);
  const tuple: { -readonly [K in keyof Tuple]: Tuple[K] } = {
    bytes: Buffer.alloc(0),
    columnCount: 0,
    kinds,
    starts,
    lengths,
  };

  const read = (bytes: Buffer, offset: number): number => {
    const end = bytes.length;
    if (offset + 2 > end) throw truncated('tuple', offset + 2, end);
    const columnCount = bytes.readUInt16BE(offset);
    if (columnCount > COLUMNS_MAX) {
      throw new MillraceError('pgoutput.message-unknown', `tuple of ${columnCount} columns`);
    }
    let at = offset + 2;
    for (let column = 0; column < columnCount; column++) {
      if (at >= end) throw truncated('tuple', at + 1, end);
      const kind = bytes[at++];
      if (kind === valueKind.text || kind === valueKind.binary) {
        if (at + 4 > end) throw truncated('tuple', at + 4, end);
        const length = bytes.readUInt32BE(at);
        at += 4;
        if (at + length > end) throw truncated('tuple', at + length, end);
        kinds[column] = kind;
        starts[column] = at;
        lengths[column] = length;
        at += length;
      } else if (kind === valueKind.null || kind === valueKind.unchanged) {
        kinds[column] = kind;
        starts[column] = at;
        lengths[column] = 0;
      } else {
        throw kindUnknown(kind);
      }
    }
    tuple.bytes = bytes;
    tuple.columnCount = columnCount;
    return at;
  };

  return { tuple, read };
};
