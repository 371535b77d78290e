/**
 * Reads one chunk in a snapshot that holds all that the stream has delivered. A commit stands in the log a moment
 * before other sessions see it: a snapshot that still takes a delivered transaction for running would miss its
 * rows, so it is thrown away and another is taken.
 */
import pg from 'pg';
import type { CapturedTable } from '../captured-table.ts';
import type { DeliveredTransactions } from '../delivered-transactions.ts';
import type { BlocksDone } from '../snapshot/table-progress.ts';
import type { SourceConnection } from '../source/source-connection.ts';
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
  sleep(ms: number): Promise<void>;
}

const RETRY_MS = 20;
const XID_BITS = 32;

const lockTable = async (
  connection: SourceConnection,
  { shape }: CapturedTable,
  lockTimeoutMs: number,
): Promise<void> => {
  const name = `${pg.escapeIdentifier(shape.schema)}.${pg.escapeIdentifier(shape.table)}`;
  await connection.query(`set local lock_timeout = ${lockTimeoutMs}`);
  await connection.query(`lock table ${name} in access share mode`);
};

/** Transactions that the snapshot of the open transaction takes for running. */
const runningTransactions = async (connection: SourceConnection): Promise<readonly number[]> => {
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
  range: Omit<ChunkRange, 'conditions'>,
  condition: string | undefined,
  blocksDone: BlocksDone | undefined,
): Promise<WindowChunk> => {
  const { connection, delivered } = reading;
  for (;;) {
    await connection.query('begin transaction isolation level repeatable read read only');
    // the lock comes before the snapshot: a table is not rewritten between the two
    await lockTable(connection, range.table, reading.lockTimeoutMs);
    const running = await runningTransactions(connection);
    if (running.some(delivered.has)) {
      await connection.query('rollback');
      await reading.sleep(RETRY_MS);
      continue;
    }
    const lsn = await restartLsn(connection, reading.slotName);
    const unwritten =
      blocksDone === undefined ? undefined : await resumeConditionNow(connection, blocksDone);
    const conditions = [condition, unwritten].filter((one) => one !== undefined);
    const chunk = await readKeyChunk(reading, { ...range, conditions });
    await connection.query('commit');
    return { ...chunk, lsn };
  }
};
