/**
 * A change that cannot be a record, as a dead letter: its exact bytes as the value, its row as readable text in a
 * header. Where a rule hides columns neither may tell them: the value is then the readable text without them.
 */
import { deadLetterHeaders, type MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import type { CapturedTable } from '../captured-table.ts';
import { isStringSchema } from '../columns/masked-codec.ts';
import { bool, float4, float8, int2, int4, int8, oid } from '../columns/number-codecs.ts';
import { plainValue } from '../columns/plain-value.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';
import type { RowChange } from '../row-change.ts';

export const DEAD_LETTER_LSN_HEADER = 'millrace.cdc.lsn';
/** JSON of the row, each value as PostgreSQL's text, long ones cut. */
export const DEAD_LETTER_ROW_HEADER = 'millrace.cdc.row';
/** LSN of the dead letter that this change waits for. */
export const WAITS_FOR_HEADER = 'millrace.cdc.waits-for';

const TEXT_BYTES_MAX = 1000;
const FLOAT_DIGITS_MAX = 9;

/** Undefined for a type whose binary form is not told as text. Throws for bytes that are not of the type. */
const plainText = (column: ShapeColumn, row: Tuple, index: number): string | undefined => {
  const { codec } = column;
  const start = row.starts[index] as number;
  if (codec === oid) return String(row.bytes.readUInt32BE(start));
  if (codec === bool) return row.bytes[start] === 1 ? 't' : 'f';
  if (codec === float4) return String(shortestFloat(row.bytes.readFloatBE(start)));
  if (codec === float8) return String(row.bytes.readDoubleBE(start));
  const isPlain = isStringSchema(codec.schema) || [int2, int4, int8].includes(codec);
  return isPlain ? plainValue(column, row, index)?.toString() : undefined;
};

/** As text where it can be, else by its bytes as PostgreSQL writes bytea. */
const binaryText = (column: ShapeColumn, row: Tuple, index: number): string => {
  try {
    const text = plainText(column, row, index);
    if (text !== undefined) return text;
  } catch {
    // this may be the very value that made the row a dead letter
  }
  const start = row.starts[index] as number;
  return `\\x${row.bytes.toString('hex', start, start + (row.lengths[index] as number))}`;
};

/** The fewest digits that are the same float of 32 bits. */
const shortestFloat = (value: number): number => {
  for (let digits = 1; digits < FLOAT_DIGITS_MAX; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
};

const cut = (text: string, length: number): string =>
  length > TEXT_BYTES_MAX ? `${text}… (${length} bytes)` : text;

const textOf = (column: ShapeColumn, row: Tuple, index: number): string | null => {
  const kind = row.kinds[index];
  if (kind === valueKind.null) return null;
  if (kind === valueKind.unchanged) return '(not sent)';
  const start = row.starts[index] as number;
  const length = row.lengths[index] as number;
  if (kind === valueKind.binary) {
    return cut(binaryText(column, row, index).slice(0, TEXT_BYTES_MAX), length);
  }
  return cut(row.bytes.toString('utf8', start, start + Math.min(length, TEXT_BYTES_MAX)), length);
};

const readable = (shape: TableShape, row: Tuple | undefined): string =>
  JSON.stringify(
    Object.fromEntries(
      shape.columns.map((column, i) => [
        column.name,
        row === undefined || i >= row.columnCount
          ? null
          : column.hidden
            ? '(hidden)'
            : textOf(column, row, i),
      ]),
    ),
  );

/** `waitsFor`: the change could be written, but one before it of the same key could not. */
export const deadLetterOf = (
  { shape, topic }: CapturedTable,
  change: RowChange,
  key: Buffer | null,
  reason: MillraceError | { readonly waitsFor: string },
): OutgoingRecord => {
  const row = readable(shape, change.row ?? change.old);
  const isHiding = shape.columns.some((column) => column.hidden);
  const error = 'waitsFor' in reason ? undefined : reason;
  return {
    key,
    // the message's memory is used again
    value: isHiding ? Buffer.from(row) : Buffer.from(change.raw),
    headers: {
      [deadLetterHeaders.topic]: topic,
      [deadLetterHeaders.stage]: 'encode-change',
      [deadLetterHeaders.exceptionClass]: error?.code ?? 'cdc.key-blocked',
      [deadLetterHeaders.exceptionMessage]:
        error?.message ?? 'a change of this key before it is a dead letter',
      [DEAD_LETTER_LSN_HEADER]: String(change.source.lsn),
      [DEAD_LETTER_ROW_HEADER]: row,
      ...('waitsFor' in reason ? { [WAITS_FOR_HEADER]: reason.waitsFor } : {}),
    },
  };
};
