/**
 * Reads one chunk in a snapshot that holds all that the stream has delivered. A commit stands in the log a moment
 * before other sessions see it: a snapshot that still takes a delivered transaction for running would miss its
 * rows, so it is thrown away and another is taken.
 */
import pg from 'pg';
import type { CapturedTable } from '../captured-table.ts';
import type { DeliveredTransactions } from '../delivered-transactions.ts';
import { placeOf, type RowChoice } from '../snapshot/row-choice.ts';
import type { BlocksDone } from '../snapshot/table-progress.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { isLockedOut } from '../source/source-error.ts';
import { type ChunkRange, type ChunkReader, type KeyChunk, readKeyChunk } from './key-chunk.ts';
import { resumeConditionNow } from './resume-condition.ts';

export interface WindowChunk extends KeyChunk {
  /**
   * The slot's restart LSN at that moment: below every change that the stream has yet to bring to the rows, and
   * a row that was changed above it was delivered already, as it is here.
   */
  readonly lsn: number;
}

export interface WindowReading extends ChunkReader {
  readonly slotName: string;
  readonly delivered: DeliveredTransactions;
  readonly lockTimeoutMs: number;
  /** Ran when the session began: an earlier session may have been delivered them. */
  readonly runningAtStart: ReadonlySet<number>;
  sleep(ms: number): Promise<void>;
}

const RETRY_MS = 20;
const SHRINK = 8;
const XID_BITS = 32;

const nameOf = ({ shape }: CapturedTable): string =>
  `${pg.escapeIdentifier(shape.schema)}.${pg.escapeIdentifier(shape.table)}`;

/** A partitioned table has its rows in its partitions; what inherits from another is a table of its own. */
const tablePlace = async (connection: SourceConnection, table: CapturedTable): Promise<string> => {
  const [row] = await connection.query<{ isRoot: boolean }>(
    `select relkind = 'p' as "isRoot" from pg_class where oid = $1::regclass`,
    [nameOf(table)],
  );
  return row?.isRoot === true ? nameOf(table) : `only ${nameOf(table)}`;
};

/** False when somebody alters the table for longer than is waited: it is tried again. */
const lockTable = async (
  connection: SourceConnection,
  table: CapturedTable,
  lockTimeoutMs: number,
): Promise<boolean> => {
  await connection.query(`set local lock_timeout = ${lockTimeoutMs}`);
  try {
    await connection.query(`lock table ${nameOf(table)} in access share mode`);
    return true;
  } catch (error) {
    if (!isLockedOut(error)) throw error;
    await connection.query('rollback');
    return false;
  }
};

/** Transactions that the snapshot of the open transaction takes for running, as 32 bits. */
export const runningTransactions = async (
  connection: SourceConnection,
): Promise<readonly number[]> => {
  const rows = await connection.query<{ xid: string }>(
    'select pg_snapshot_xip(pg_current_snapshot())::text as xid',
  );
  return rows.map(({ xid }) => Number(BigInt.asUintN(XID_BITS, BigInt(xid))));
};

const restartLsn = async (connection: SourceConnection, slotName: string): Promise<number> => {
  const [row] = await connection.query<{ lsn: string }>(
    `select (restart_lsn - '0/0')::int8 as lsn from pg_replication_slots where slot_name = $1`,
    [slotName],
  );
  return Number(row?.lsn ?? 0);
};

/** Throws `cdc.source-unavailable`, `cdc.source-refused`. */
export const readInWindow = async (
  reading: WindowReading,
  range: Omit<ChunkRange, 'conditions' | 'place'>,
  choice: RowChoice,
  blocksDone: BlocksDone | undefined,
): Promise<WindowChunk> => {
  const { connection, delivered } = reading;
  let { rowsMax } = range;
  for (;;) {
    await connection.query('begin transaction isolation level repeatable read read only');
    // the lock comes before the snapshot: a table is not rewritten between the two
    if (!(await lockTable(connection, range.table, reading.lockTimeoutMs))) continue;
    const running = await runningTransactions(connection);
    if (running.some((id) => delivered.has(id) || reading.runningAtStart.has(id))) {
      await connection.query('rollback');
      await reading.sleep(RETRY_MS);
      continue;
    }
    const lsn = await restartLsn(connection, reading.slotName);
    const unwritten =
      blocksDone === undefined ? undefined : await resumeConditionNow(connection, blocksDone);
    const conditions = [choice.condition, unwritten].filter((one) => one !== undefined);
    const place = placeOf(await tablePlace(connection, range.table), choice);
    const chunk = await readKeyChunk(reading, { ...range, rowsMax, conditions, place });
    await connection.query('commit');
    if (!chunk.isTooLarge) return { ...chunk, lsn };
    rowsMax = Math.max(Math.floor(rowsMax / SHRINK), 1);
  }
};
