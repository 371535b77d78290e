import { hostname } from 'node:os';
import { type ClickHouse, quoteLiteral, rejectionOf } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';

/**
 * One run of migrations at a time, without a keeper: `CREATE TABLE` without IF NOT EXISTS succeeds for one of
 * several on the same server, so a table of the next number is the lock, and its comment says whose it is and
 * until when. Numbers only grow: whoever slept past its time finds a higher one and stops before its next
 * statement. A statement that is under way is not stopped. Servers behind a balancer do not see each other's
 * tables, so all runs have to name the same one.
 */
export interface MigrationLock {
  readonly by: string;
  /** Rejects with `contracts.migrations-locked` when the lock has gone to another run. */
  check(): Promise<void>;
  release(): Promise<void>;
}

const prefix = '_millrace_lock_';
const leaseMs = 60_000;
const renewMs = 10_000;
const tableExistsCode = 57;

interface Held {
  readonly number: number;
  readonly by: string;
  readonly untilMs: number;
}

/** The highest lock there is, with the server's time, by which all runs measure. */
const readLock = async (
  clickhouse: ClickHouse,
): Promise<{ readonly nowMs: number; readonly held: Held | undefined }> => {
  const rows = await clickhouse.query<{ name: string; comment: string; now: string }>(
    `SELECT name, comment, toUnixTimestamp64Milli(now64(3)) AS now FROM system.one
     LEFT JOIN (SELECT name, comment FROM system.tables
       WHERE database = {database: String} AND startsWith(name, {prefix: String})) AS locks ON 1 = 1`,
    { database: clickhouse.database, prefix },
  );
  const held = rows
    .filter(({ name }) => name !== '')
    .map(({ name, comment }) => {
      const [until = '0', by = ''] = comment.split(' ');
      return { number: Number(name.slice(prefix.length)), by, untilMs: Number(until) };
    })
    .sort((a, b) => b.number - a.number)[0];
  return { nowMs: Number(rows[0]?.now ?? 0), held };
};

const locked = (by: string, cause?: unknown): MillraceError =>
  new MillraceError('contracts.migrations-locked', `migrations are being carried out by ${by}`, {
    cause,
  });

const create = async (clickhouse: ClickHouse, number: number, comment: string): Promise<void> => {
  try {
    await clickhouse.exec(
      `CREATE TABLE ${prefix}${number} (none UInt8) ENGINE = Null COMMENT ${quoteLiteral(comment)}`,
    );
  } catch (error) {
    if (rejectionOf(error)?.serverCode === tableExistsCode) throw locked('another run', error);
    throw error;
  }
};

/** Takes the lock. Rejects with `contracts.migrations-locked` while another run has it. */
export const takeMigrationLock = async (clickhouse: ClickHouse): Promise<MigrationLock> => {
  const by = `${hostname()}:${process.pid}`;
  const { nowMs, held } = await readLock(clickhouse);
  if (held !== undefined && held.untilMs > nowMs) throw locked(held.by);
  const number = (held?.number ?? 0) + 1;
  await create(clickhouse, number, `${nowMs + leaseMs} ${by}`);
  if (held !== undefined) await clickhouse.exec(`DROP TABLE IF EXISTS ${prefix}${held.number}`);

  const renew = async (): Promise<void> => {
    const now = await readLock(clickhouse);
    if (now.held?.number !== number) throw locked(now.held?.by ?? 'another run');
    await mark(`${now.nowMs + leaseMs} ${by}`);
  };
  const mark = (comment: string) =>
    clickhouse.exec(`ALTER TABLE ${prefix}${number} MODIFY COMMENT ${quoteLiteral(comment)}`);
  // A renewal that fails is found by the check before the next statement.
  let renewal: Promise<void> = Promise.resolve();
  const renewing = setInterval(() => {
    renewal = renew().catch(() => undefined);
  }, renewMs);
  return {
    by,
    check: renew,
    release: async () => {
      clearInterval(renewing);
      await renewal;
      // The number stays, so that it is never given twice.
      await mark(`0 ${by}`);
    },
  };
};
