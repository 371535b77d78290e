/**
 * COPY's binary format → tuples as the stream gives them, offsets instead of objects. A column whose binary form
 * is not known is selected as its text.
 * Source: PostgreSQL documentation, COPY, Binary Format.
 */
import { MillraceError } from '@millrace/contracts';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import pg from 'pg';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';

/** PGCOPY, \n, 0xff, \r\n, 0: then flags and the length of an extension. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const FIXED_HEADER_BYTES = SIGNATURE.length + 8;
const NULL_LENGTH = 0xffff_ffff;
const TRAILER = 0xffff;

/**
 * The text of the output function, null staying null: a cast would say `true` for `t` and drop blanks, and a
 * composite value with a null field `is not null` neither.
 */
const copyExpression = ({ name, codec }: ShapeColumn): string => {
  const column = pg.escapeIdentifier(name);
  if (codec.writeBinary !== undefined) return column;
  return `case when ${column} is distinct from null then format('%s', ${column}) end`;
};

/** `from` names the table, with whatever limits the rows. */
export const binaryCopyStatement = (shape: TableShape, from: string): string =>
  `copy (select ${shape.columns.map(copyExpression).join(', ')} from ${from}) to stdout (format binary)`;

export interface BinaryCopyReader {
  /** The row in a message; undefined for the trailer. It is valid until the next call. Throws `cdc.source-unavailable`. */
  read(bytes: Buffer, start: number, end: number): Tuple | undefined;
}

const malformed = (): MillraceError =>
  new MillraceError('cdc.source-unavailable', 'a binary COPY is malformed', { retryable: true });

/** One for each COPY: the first message begins with the header. */
export const createBinaryCopyReader = (shape: TableShape): BinaryCopyReader => {
  const columnCount = shape.columns.length;
  const forms = Uint8Array.from(shape.columns, ({ codec }) =>
    codec.writeBinary === undefined ? valueKind.text : valueKind.binary,
  );
  const kinds = new Uint8Array(columnCount);
  const starts = new Uint32Array(columnCount);
  const lengths = new Uint32Array(columnCount);
  const row = { bytes: Buffer.alloc(0) as Buffer, columnCount, kinds, starts, lengths };
  let headerSeen = false;

  const skipHeader = (bytes: Buffer, start: number): number => {
    headerSeen = true;
    const isCopy = SIGNATURE.equals(bytes.subarray(start, start + SIGNATURE.length));
    if (!isCopy) throw malformed();
    return start + FIXED_HEADER_BYTES + bytes.readUInt32BE(start + FIXED_HEADER_BYTES - 4);
  };

  const readColumns = (bytes: Buffer, first: number): number => {
    let at = first;
    for (let column = 0; column < columnCount; column++) {
      const length = bytes.readUInt32BE(at);
      at += 4;
      if (length === NULL_LENGTH) {
        kinds[column] = valueKind.null;
        lengths[column] = 0;
      } else {
        kinds[column] = forms[column] as number;
        starts[column] = at;
        lengths[column] = length;
        at += length;
      }
    }
    return at;
  };

  return {
    read: (bytes, start, end) => {
      const at = headerSeen ? start : skipHeader(bytes, start);
      if (at + 2 > end) throw malformed();
      const count = bytes.readUInt16BE(at);
      if (count === TRAILER) return undefined;
      if (count !== columnCount || readColumns(bytes, at + 2) !== end) throw malformed();
      row.bytes = bytes;
      return row;
    },
  };
};
