/**
 * Up to where a cursor is complete. A row becomes visible when its transaction commits, which may be long after its
 * cursor (`now()`, a sequence) was taken; whoever reads up to the largest visible cursor passes it over for ever. So: take
 * a bound, note the transactions that run, wait until they have ended, and only then read up to the bound. Those that
 * begin later take larger cursors. It is how CREATE INDEX CONCURRENTLY waits (virtual transaction ids in pg_locks, which
 * every role can read). A cursor of fewer digits than the clock has its steps waited out before that (clock-steps.ts).
 *
 * It is exact where the cursor is taken by the server in the writing transaction: `now()`, `clock_timestamp()`, a
 * sequence with CACHE 1. It is not for clocks of applications: for these `lagSeconds` must cover how late a row can come.
 */
import { type Clock, pauseMs } from '@millrace/pipeline';
import type pg from 'pg';
import { clockDigits, clockStepsPassed } from '../clock-steps.ts';

export interface Connection {
  query<Row extends pg.QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>;
}

/** Quoted relation, or a subquery in parentheses; and the column. */
export interface CursorColumn {
  readonly relation: string;
  readonly column: string;
  /** As `pg_typeof` says. */
  readonly type: string;
  /** Of a time: digits of a second's fraction that it keeps. */
  readonly digits: number;
  readonly lagSeconds: number;
}

/**
 * How many digits of a second's fraction a time of a column keeps. What an expression makes of a time is not known: whole
 * seconds are safe. (Of a view the column is the view's own, whatever it is made of.)
 */
export const digitsOf = ({
  tableID,
  dataTypeModifier,
}: Pick<pg.FieldDef, 'tableID' | 'dataTypeModifier'>): number => {
  if (dataTypeModifier >= 0) return dataTypeModifier;
  return tableID === 0 ? 0 : clockDigits;
};

const polling = { initialMs: 5, multiplier: 1.5, maxMs: 500, jitter: 0 };

/** The bound as text, after the wait; undefined where there are no rows. */
export const settledBound = async (
  connection: Connection,
  { relation, column, type, digits, lagSeconds }: CursorColumn,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const largest = `(SELECT max(${column}) FROM ${relation} AS rows)`;
  const now =
    type === 'timestamp with time zone'
      ? 'clock_timestamp()'
      : "clock_timestamp() AT TIME ZONE 'UTC'";
  const bound =
    lagSeconds > 0 && type.startsWith('timestamp')
      ? `least(${largest}, ${now} - make_interval(secs => ${lagSeconds}))`
      : largest;
  const [row] = await connection.query<{ bound: string | null }>(
    `SELECT (${bound})::text AS bound`,
  );
  if (row?.bound === null || row?.bound === undefined) return undefined;
  if (type.startsWith('timestamp'))
    await clockStepsPassed(digits, () => serverMs(connection), clock, signal);
  // After the bound was taken: who began before it is among these, or has ended.
  const running = await transactions(connection);
  for (let attempt = 1; running.size > 0; attempt += 1) {
    const still = await transactions(connection);
    for (const one of running) if (!still.has(one)) running.delete(one);
    if (running.size > 0) await clock.sleep(pauseMs(polling, attempt), signal);
  }
  return row.bound;
};

const serverMs = async (connection: Connection): Promise<number> => {
  const [row] = await connection.query<{ ms: string }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS ms',
  );
  return Number(row!.ms);
};

/** Everything that may still commit: running transactions but our own, and prepared ones. */
const transactions = async (connection: Connection): Promise<Set<string>> => {
  const rows = await connection.query<{ id: string }>(
    `SELECT virtualtransaction AS id FROM pg_locks
       WHERE locktype = 'virtualxid' AND granted AND pid <> pg_backend_pid()
         AND pid IN (SELECT pid FROM pg_stat_activity
                     WHERE datname = current_database() AND backend_type IS DISTINCT FROM 'autovacuum worker')
     UNION ALL SELECT 'prepared ' || transaction::text FROM pg_prepared_xacts WHERE database = current_database()`,
  );
  return new Set(rows.map(({ id }) => id));
};
