/**
 * A table whose every change counts up a version, a writer that changes it at random, and the audit that
 * tells from the change topic alone whether a change is missing, doubled or out of order.
 */
import type { Client } from 'pg';
import type { ChangeRecord } from './change-log.ts';
import { pace } from './passing-time.ts';

const IDS = 60;

/** The statement that makes a table whose rows the versioned writer changes. */
export const versionedTableDdl = (table: string): string =>
  `create table ${table} (id int primary key, version int not null, amount numeric(12,2), note text, at timestamptz)`;

const statements = (table: string, id: number): string => {
  const roll = Math.random();
  if (roll < 0.15) return `delete from ${table} where id = ${id}`;
  return `insert into ${table} values (${id}, 0, ${(Math.random() * 1000).toFixed(2)}, md5('${roll}'), clock_timestamp())
    on conflict (id) do update set version = ${table}.version + 1, amount = excluded.amount, at = excluded.at`;
};

export interface VersionedWriter {
  /** Transactions that were committed. */
  readonly commits: number;
  /** Ends after the running transaction. */
  stop(): Promise<void>;
}

/** Between two transactions: some hundred a second, which fault and kill meet in the middle; more are more to read back and nothing else. */
const EVERY_MS = 3;

/**
 * Writes transactions of 1 to `rowsMax` changes until stopped; connects again when the server goes away.
 * One writer per table: two could wait for each other's rows.
 */
export function startVersionedWriter(
  connect: () => Promise<Client>,
  table: string,
  rowsMax = 20,
): VersionedWriter {
  let commits = 0;
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      const client = await connect().catch(() => undefined);
      if (client === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        continue;
      }
      try {
        while (!stopped) {
          const rows = 1 + Math.floor(Math.random() * rowsMax);
          const ids = Array.from({ length: rows }, () => 1 + Math.floor(Math.random() * IDS));
          await client.query(`begin; ${ids.map((id) => statements(table, id)).join('; ')}; commit`);
          commits++;
          await pace(EVERY_MS);
        }
      } catch {
        // the server went away: the next round connects anew
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    get commits() {
      return commits;
    },
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

const amountText = (bytes: unknown): string =>
  (
    Number(BigInt.asIntN(64, BigInt(`0x${Buffer.from(bytes as Buffer).toString('hex')}`))) / 100
  ).toFixed(2);

interface Live {
  readonly version: number;
  readonly row: string;
}

export interface VersionAudit {
  /** Empty: every change is there once and in order. */
  readonly problems: readonly string[];
  /** The rows as the topic tells them, one line each. */
  readonly rows: readonly string[];
}

/** Reads the topic as a consumer would: each change must follow from the one before it. */
export function auditVersions(changes: readonly ChangeRecord[]): VersionAudit {
  const live = new Map<number, Live>();
  const problems: string[] = [];
  for (const { value, offset } of changes) {
    if (value === undefined) continue;
    const id = Number((value.after ?? value.before)?.['id']);
    const before = live.get(id);
    const problem = (what: string) =>
      problems.push(
        `offset ${offset}, id ${id}: ${value.op} ${what}, version was ${before?.version}`,
      );
    if (value.after === null) {
      if (before === undefined) problem('of an absent row');
      live.delete(id);
      continue;
    }
    const version = Number(value.after['version']);
    if (value.op === 'r' && before !== undefined) problem('of a known row');
    if (value.op === 'c' && (before !== undefined || version !== 0)) problem(`with ${version}`);
    if (value.op === 'u' && version !== (before?.version ?? Number.NaN) + 1)
      problem(`to ${version}`);
    const { amount, note, at } = value.after;
    live.set(id, { version, row: [id, version, amountText(amount), note, at].join('|') });
  }
  const rows = [...live].sort(([a], [b]) => a - b).map(([, { row }]) => row);
  return { problems, rows };
}

/** The table itself in the form of `VersionAudit.rows`. */
export async function versionedRows(client: Client, table: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws('|', id, version, amount, note,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) as line from ${table} order by id`,
  );
  return rows.map(({ line }) => line);
}
