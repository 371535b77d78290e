/**
 * Rows read again by their keys, all of one moment. The moment is not before the changes that ask: a commit is
 * in the log before other sessions see it, and what was read in between would be older than the change.
 */
import type { Tuple } from '@millrace/pgoutput';
import { valueKind } from '@millrace/pgoutput';
import pg from 'pg';
import type { SourceConnection } from '../source/source-connection.ts';
import { isUndefinedObject, sourceError } from '../source/source-error.ts';
import type { DeferredChange } from './deferred-change.ts';

export interface Moment {
  /** PostgreSQL's text of a snapshot: `xmin:xmax:xip,xip`. */
  readonly snapshot: string;
  readonly lsn: string;
}

/** Values as PostgreSQL's text, or null; in the order of the columns asked for. */
type TextRow = readonly (string | null)[];

const asText = { getTypeParser: () => (value: string) => value };

/** A transaction id of the stream has 32 bits, those of a snapshot 64. */
const low32 = (id: string): number => Number(BigInt.asUintN(32, BigInt(id)));

/** Whether everything that the transaction did shows in the snapshot. Exact within 2^31 transactions. */
export const isVisible = (snapshot: string, transactionId: number): boolean => {
  const [, xmax = '0', running = ''] = snapshot.split(':');
  const isAhead = ((transactionId - low32(xmax)) | 0) >= 0;
  return !isAhead && !running.split(',').some((id) => id !== '' && low32(id) === transactionId);
};

/** The key of a row as the stream sent it: text as text, a binary value as it is. */
const keyOf = (row: Tuple, columns: readonly number[]): readonly (string | Buffer)[] =>
  columns.map((index) => {
    const start = row.starts[index] as number;
    const bytes = row.bytes.subarray(start, start + (row.lengths[index] as number));
    return row.kinds[index] === valueKind.binary ? bytes : bytes.toString();
  });

/** The columns that tell a row from others: those that old rows hold. */
export const identityColumns = ({ table }: DeferredChange): readonly number[] =>
  table.shape.columns.flatMap((column, index) => (column.identity ? [index] : []));

/** Reads the rows of changes of one table that miss the same columns: one statement, one row or none for each. */
const readTable = async (
  connection: SourceConnection,
  changes: readonly DeferredChange[],
): Promise<ReadonlyMap<number, TextRow>> => {
  const [first] = changes;
  if (first === undefined) return new Map();
  const { columns, schema, table } = first.table.shape;
  const name = (index: number): string => pg.escapeIdentifier(columns[index]?.name ?? '');
  const key = identityColumns(first);
  const values: (string | Buffer)[] = [];
  const branches = changes.map(({ parts }, i) => {
    const conditions = keyOf(parts.after, key).map(
      (value, k) => `${name(key[k] as number)} = $${values.push(value)}`,
    );
    const wanted = first.missing.map(name).join(', ');
    const from = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
    return `select ${i}::int4, ${wanted} from ${from} where ${conditions.join(' and ')}`;
  });
  const { rows } = await connection.client.query<TextRow[]>({
    text: branches.join(' union all '),
    values,
    rowMode: 'array',
    types: asText,
  });
  return new Map((rows as unknown as TextRow[]).map(([i, ...found]) => [Number(i), found]));
};

/**
 * Calls `found` for every change with the values of its missing columns, or `undefined` when the row, the
 * column or the table is gone. `undefined` instead of a moment: a change is not visible yet, ask again.
 * Throws `cdc.source-unavailable`.
 */
export const readRows = async (
  connection: SourceConnection,
  groups: readonly (readonly DeferredChange[])[],
  found: (change: DeferredChange, values: TextRow | undefined, moment: Moment) => void,
): Promise<Moment | undefined> => {
  await connection.query('begin transaction isolation level repeatable read read only');
  try {
    const [moment] = await connection.query<{ snapshot: string; lsn: string }>(
      'select pg_current_snapshot()::text as snapshot, pg_current_wal_lsn()::text as lsn',
    );
    if (moment === undefined) return undefined;
    const transactions = groups.flat().map(({ parts }) => parts.context.transactionId);
    if (transactions.some((id) => id !== undefined && !isVisible(moment.snapshot, id))) {
      return undefined;
    }
    for (const changes of groups) {
      await connection.query('savepoint one_table');
      try {
        const rows = await readTable(connection, changes);
        for (const [i, change] of changes.entries()) found(change, rows.get(i), moment);
      } catch (error) {
        // the table or a column was dropped or renamed since: its changes keep their stand-in
        if (!isUndefinedObject(error)) throw sourceError(error, 'reading rows again');
        await connection.query('rollback to savepoint one_table');
        for (const change of changes) found(change, undefined, moment);
      }
    }
    return moment;
  } finally {
    await connection.query('rollback').catch(() => undefined);
  }
};
