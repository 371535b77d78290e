/**
 * A change that cannot be a record, as a dead letter: its exact bytes as the value, its row as readable text in a
 * header. Where a rule hides columns neither may tell them: the value is then the readable text without them.
 */
import { deadLetterHeaders, type MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import type { CapturedTable } from '../captured-table.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import type { RowChange } from '../row-change.ts';

export const DEAD_LETTER_LSN_HEADER = 'millrace.cdc.lsn';
/** JSON of the row, each value as PostgreSQL's text, long ones cut. */
export const DEAD_LETTER_ROW_HEADER = 'millrace.cdc.row';
/** LSN of the dead letter that this change waits for. */
export const WAITS_FOR_HEADER = 'millrace.cdc.waits-for';

const TEXT_BYTES_MAX = 1000;

const textOf = (row: Tuple, index: number): string | null => {
  const kind = row.kinds[index];
  if (kind === valueKind.null) return null;
  if (kind === valueKind.unchanged) return '(not sent)';
  const start = row.starts[index] as number;
  const length = row.lengths[index] as number;
  const end = start + Math.min(length, TEXT_BYTES_MAX);
  const text = row.bytes.toString(kind === valueKind.binary ? 'hex' : 'utf8', start, end);
  return length > TEXT_BYTES_MAX ? `${text}… (${length} bytes)` : text;
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
            : textOf(row, i),
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
