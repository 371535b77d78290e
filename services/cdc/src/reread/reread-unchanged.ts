/**
 * Untouched TOASTed values, read again by key just before their batch is written. The value is that of the row
 * at the moment of reading: at the change or after it, never before; a later change follows as a record of its
 * own. What is gone by then keeps the stand-in, and a header says so.
 */
import { MillraceError } from '@millrace/contracts';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import type { Clock } from '@millrace/pipeline';
import { createAvroOutput } from '../columns/avro-output.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import type { DeferredChange } from './deferred-change.ts';
import { type Moment, readRows } from './read-rows.ts';

/** `doc,photo`: read again. `doc,photo=gone` or `=unfit` (too large, of another type by now): the stand-in is left. */
export const REREAD_HEADER = 'millrace.reread';
/** The log's position at that moment. */
export const REREAD_LSN_HEADER = 'millrace.reread.lsn';

const NOT_VISIBLE_PAUSE_MS = 5;

/** Completes the records in place. Throws `cdc.source-unavailable`. */
export type RereadUnchanged = (changes: readonly DeferredChange[]) => Promise<void>;

export interface RereadOptions {
  connect(): Promise<SourceConnection>;
  readonly recordBytesMax: number;
  readonly clock: Clock;
  /** Aborts what waits. */
  readonly signal: AbortSignal;
}

const tupleOf = (change: DeferredChange, values: readonly (string | null)[]): Tuple => {
  const { columnCount } = change.parts.after;
  const kinds = new Uint8Array(columnCount).fill(valueKind.null);
  const starts = new Uint32Array(columnCount);
  const lengths = new Uint32Array(columnCount);
  const pieces: Buffer[] = [];
  let at = 0;
  change.missing.forEach((index, i) => {
    const value = values[i];
    if (value === null || value === undefined) return;
    const piece = Buffer.from(value);
    pieces.push(piece);
    kinds[index] = valueKind.text;
    starts[index] = at;
    lengths[index] = piece.length;
    at += piece.length;
  });
  return { bytes: Buffer.concat(pieces), columnCount, kinds, starts, lengths };
};

const label = ({ record, table, missing }: DeferredChange, moment: Moment, end = ''): void => {
  const names = missing.map((index) => table.shape.columns[index]?.name).join(',');
  record.headers = {
    ...record.headers,
    [REREAD_HEADER]: `${names}${end}`,
    [REREAD_LSN_HEADER]: moment.lsn,
  };
};

/** Changes that one statement serves: of one shape of a table, with the same columns missing. */
const grouped = (changes: readonly DeferredChange[]): readonly (readonly DeferredChange[])[] => {
  const groups = new Map<unknown, Map<string, DeferredChange[]>>();
  for (const change of changes) {
    const ofTable = groups.get(change.table) ?? new Map<string, DeferredChange[]>();
    groups.set(change.table, ofTable);
    const missing = change.missing.join(',');
    ofTable.set(missing, [...(ofTable.get(missing) ?? []), change]);
  }
  return [...groups.values()].flatMap((ofTable) => [...ofTable.values()]);
};

export const createRereadUnchanged = (options: RereadOptions) => {
  let connection: Promise<SourceConnection> | undefined;

  const complete = (change: DeferredChange, unchangedFrom: Tuple): boolean => {
    const { parts, table } = change;
    const sourceBytes = parts.after.bytes.length * 2 + unchangedFrom.bytes.length;
    const out = createAvroOutput(Buffer.allocUnsafeSlow(table.writer.bytesMax(sourceBytes)));
    try {
      table.writer.writeEnvelope(out, { ...parts, unchangedFrom });
    } catch (error) {
      // the column was given another type since
      if (error instanceof MillraceError && error.code === 'cdc.value-invalid') return false;
      throw error;
    }
    if (out.position > options.recordBytesMax) return false;
    // it may be null by now, and was not when the change was made
    if (out.findings.some(({ kind }) => kind === 'null')) return false;
    change.record.value = Buffer.from(out.bytes.subarray(0, out.position));
    return true;
  };

  const reread: RereadUnchanged = async (changes) => {
    connection ??= options.connect();
    const source = await connection;
    for (;;) {
      const moment = await readRows(source, grouped(changes), (change, values, at) => {
        if (values === undefined) label(change, at, '=gone');
        else label(change, at, complete(change, tupleOf(change, values)) ? '' : '=unfit');
      });
      if (moment !== undefined) return;
      await options.clock.sleep(NOT_VISIBLE_PAUSE_MS, options.signal);
    }
  };

  return {
    reread,
    close: async (): Promise<void> => {
      const opened = await connection?.catch(() => undefined);
      await opened?.close();
    },
  };
};
