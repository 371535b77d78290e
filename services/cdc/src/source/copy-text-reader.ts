/**
 * COPY's text format → tuples, as the stream gives them: offsets, no object per row. The last complete row is
 * always held back until more comes or the copy ends, so that the caller knows which row is the last.
 * Source: PostgreSQL documentation, COPY, Text Format.
 */
import { MillraceError } from '@millrace/contracts';
import { type Tuple, valueKind } from '@millrace/pgoutput';

const NEWLINE = 10;
const TAB = 9;
const BACKSLASH = 92;
const NULL_LETTER = 78;

/** Letters behind a backslash that stand for a control character; any other stands for itself. */
const escapes = new Map([
  [98, 8],
  [102, 12],
  [110, 10],
  [114, 13],
  [116, 9],
  [118, 11],
]);

export type RowHandler = (row: Tuple, rowBytes: number, isLast: boolean) => void;

export interface CopyTextReader {
  /** Hands over all complete rows but the last. */
  feed(chunk: Buffer, onRow: RowHandler): void;
  /** Hands over the last row, when there was any. */
  finish(onRow: RowHandler): void;
}

export const createCopyTextReader = (columnCount: number): CopyTextReader => {
  const kinds = new Uint8Array(columnCount);
  const starts = new Uint32Array(columnCount);
  const lengths = new Uint32Array(columnCount);
  const row = { bytes: Buffer.alloc(0) as Buffer, columnCount, kinds, starts, lengths };
  let rest: Buffer = Buffer.alloc(0);
  let scratch: Buffer = Buffer.alloc(0);

  const endColumn = (column: number, start: number, end: number): void => {
    if (column >= columnCount) throw malformed();
    kinds[column] = valueKind.text;
    starts[column] = start;
    lengths[column] = end - start;
  };

  /** A row without a backslash: its columns are read where they lie. False when it has one. */
  const readPlain = (bytes: Buffer, start: number, end: number): boolean => {
    let column = 0;
    let columnStart = start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at];
      if (byte === TAB) {
        endColumn(column++, columnStart, at);
        columnStart = at + 1;
      } else if (byte === BACKSLASH) {
        return false;
      }
    }
    if (columnCount > 0) endColumn(column++, columnStart, end);
    if (column !== columnCount) throw malformed();
    row.bytes = bytes;
    return true;
  };

  const readEscaped = (bytes: Buffer, start: number, end: number): void => {
    if (scratch.length < end - start) scratch = Buffer.allocUnsafeSlow(2 * (end - start));
    let filled = 0;
    let column = 0;
    let columnStart = 0;
    let isNull = false;
    const close = (): void => {
      endColumn(column, columnStart, filled);
      if (isNull) kinds[column] = valueKind.null;
      column++;
      columnStart = filled;
      isNull = false;
    };
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === TAB) {
        close();
      } else if (byte === BACKSLASH) {
        const letter = bytes[++at] as number;
        if (letter === NULL_LETTER && filled === columnStart) isNull = true;
        else scratch[filled++] = escapes.get(letter) ?? letter;
      } else {
        scratch[filled++] = byte;
      }
    }
    close();
    if (column !== columnCount) throw malformed();
    row.bytes = scratch;
  };

  const readRow = (bytes: Buffer, start: number, end: number): void => {
    if (!readPlain(bytes, start, end)) readEscaped(bytes, start, end);
  };

  return {
    feed: (chunk, onRow) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      let end = bytes.indexOf(NEWLINE);
      // a row is handed over when the row behind it is known to begin
      while (end !== -1 && end + 1 < bytes.length) {
        readRow(bytes, start, end);
        onRow(row, end - start, false);
        start = end + 1;
        end = bytes.indexOf(NEWLINE, start);
      }
      rest = Buffer.from(bytes.subarray(start));
    },
    finish: (onRow) => {
      if (rest.length === 0) return;
      if (rest[rest.length - 1] !== NEWLINE) throw malformed();
      readRow(rest, 0, rest.length - 1);
      onRow(row, rest.length - 1, true);
      rest = Buffer.alloc(0);
    },
  };
};

const malformed = (): MillraceError =>
  new MillraceError('cdc.source-unavailable', 'a COPY ended within a row', { retryable: true });
