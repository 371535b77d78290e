/**
 * Up to where a cursor is complete, of MySQL and MariaDB: as for PostgreSQL, a bound is taken, and rows are read up to it when
 * all that was under way has ended. What differs:
 *
 * * A cursor's clock has a step, often a whole second; it is waited out (clock-steps.ts).
 * * `NOW()` is taken where a statement begins, before its transaction does. So statements are waited for first
 *   (PROCESSLIST), transactions after them (INNODB_TRX).
 * * INNODB_TRX may be a tenth of a second old, and older when others look at it often. Each look finds itself in it, by a
 *   word in its own text, or is done again.
 *
 * Needs the privilege PROCESS. Of a replica it says nothing: what runs on the primary is not seen there.
 */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import { type Clock, pauseMs } from '@millrace/pipeline';
import { clockStepsPassed } from '../clock-steps.ts';
import type { KeysetColumn } from './keyset.ts';

/** Rows as arrays of the text protocol's bytes. */
export interface Connection {
  query(text: string): Promise<readonly (readonly (Buffer | null)[])[]>;
}

export interface BoundOptions {
  readonly connection: Connection;
  /** Quoted, or a subquery in parentheses. */
  readonly relation: string;
  readonly cursor: KeysetColumn;
  readonly lagSeconds: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Always longer than InnoDB keeps its answer; by chance, so that two that look do not keep it old for each other. */
const polling = { initialMs: 150, multiplier: 1.5, maxMs: 500, jitter: 0.2 };
const looksMax = 200;

/** The bound as the keyset column's text, after the wait; undefined where there are no rows. */
export const settledBound = async (options: BoundOptions): Promise<string | undefined> => {
  const { connection, relation, cursor, lagSeconds, clock, signal } = options;
  const largest = `(SELECT max(${cursor.name}) FROM ${relation} AS millrace_rows)`;
  const bound =
    lagSeconds > 0 && cursor.isMoment
      ? `least(${largest}, utc_timestamp(6) - INTERVAL ${lagSeconds} SECOND)`
      : largest;
  const [row] = await connection.query(`SELECT ${bound}`);
  const bytes = row?.[0];
  if (bytes === null || bytes === undefined) return undefined;
  if (cursor.isMoment)
    await clockStepsPassed(cursor.digits, () => serverMs(connection), clock, signal);
  await ended(options, statements);
  await ended(options, transactions);
  return cursor.text(bytes);
};

const serverMs = async (connection: Connection): Promise<number> => {
  const [row] = await connection.query('SELECT unix_timestamp(now(6)) * 1000');
  return Number(row![0]);
};

/** What runs, by an identity; undefined: what was seen may be old. */
type Look = (connection: Connection) => Promise<ReadonlyMap<string, number> | undefined>;

/** Resolves when everything that the first look saw has ended. */
const ended = async ({ connection, clock, signal }: BoundOptions, look: Look): Promise<void> => {
  let running: Map<string, number> | undefined;
  let old = 0;
  for (let attempt = 1; ; attempt += 1) {
    const now = await look(connection);
    if (now === undefined) {
      old += 1;
      if (old > looksMax) throw unseen();
    } else if (running === undefined) running = new Map(now);
    else {
      old = 0;
      // one that began later under the same identity is another
      for (const [id, since] of running) {
        const still = now.get(id);
        if (still === undefined || still > since + 1) running.delete(id);
      }
    }
    if (running?.size === 0) return;
    await clock.sleep(pauseMs(polling, attempt), signal);
  }
};

const unseen = () =>
  new MillraceError(
    'ingest.place-unavailable',
    `MySQL: information_schema.INNODB_TRX did not show this session in ${looksMax} looks`,
    { retryable: true },
  );

/** Sessions that work on a statement, with the second in which it began. */
const statements: Look = async (connection) => {
  const rows = await connection.query(
    `SELECT ID, unix_timestamp() - TIME FROM information_schema.PROCESSLIST
       WHERE ID <> connection_id() AND COMMAND NOT IN ('Sleep', 'Daemon', 'Binlog Dump', 'Binlog Dump GTID')
         AND USER NOT IN ('system user', 'unauthenticated user', 'event_scheduler')`,
  );
  return new Map(rows.map(([id, since]) => [String(id), Number(since)]));
};

/** Ids from here on are made up for transactions that have written nothing. */
const readOnlyIds = 2 ** 48;

/**
 * Transactions but our own, by session and by id: one that is prepared (XA) is no longer its session's. One that had
 * no id when it was looked at writes with later cursors.
 */
const transactions: Look = async (connection) => {
  const word = randomUUID();
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  const rows = await connection.query(
    `SELECT trx_mysql_thread_id = connection_id(), locate('${word}', trx_query), trx_mysql_thread_id,
       trx_started, trx_id FROM information_schema.INNODB_TRX`,
  );
  await connection.query('COMMIT');
  if (!rows.some(([, word]) => Number(word ?? 0) > 0)) return undefined;
  const running = new Map<string, number>();
  for (const [isOwn, , session, started, id] of rows) {
    if (Number(isOwn) === 1) continue;
    if (Number(session) !== 0) running.set(`session ${session} ${started}`, 0);
    if (Number(id) > 0 && Number(id) < readOnlyIds) running.set(`id ${id}`, 0);
  }
  return running;
};
