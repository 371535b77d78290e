/**
 * A change whose untouched TOASTed values are to be read again before it is written. Its record stands in the
 * batch with the stand-in, in its place of the order; the values replace it there.
 */
import type { OutgoingRecord } from '@millrace/kafka';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import type { CapturedTable } from '../captured-table.ts';
import type { EnvelopeParts } from '../envelope/table-writer.ts';

export interface DeferredChange {
  readonly table: CapturedTable;
  /** The record to complete. */
  readonly record: { -readonly [Part in keyof OutgoingRecord]: OutgoingRecord[Part] };
  /** What the record was made of, with tuples of its own. */
  readonly parts: EnvelopeParts & { readonly after: Tuple };
  /** Indexes of the columns whose values were not sent. */
  readonly missing: readonly number[];
}

/** The columns of a row that PostgreSQL did not send because the UPDATE left them alone. */
export const unsentColumns = ({ shape }: CapturedTable, row: Tuple): readonly number[] => {
  let missing: number[] | undefined;
  for (let i = 0; i < row.columnCount; i++) {
    if (row.kinds[i] !== valueKind.unchanged || shape.columns[i]?.excluded) continue;
    missing = [...(missing ?? []), i];
  }
  return missing ?? [];
};

/** A tuple that outlives its message. */
export const keepTuple = (tuple: Tuple): Tuple => ({
  bytes: Buffer.from(tuple.bytes),
  columnCount: tuple.columnCount,
  kinds: tuple.kinds.slice(0, tuple.columnCount),
  starts: tuple.starts.slice(0, tuple.columnCount),
  lengths: tuple.lengths.slice(0, tuple.columnCount),
});
