/** What was done, newest first, one entry an action: its steps put together. */
import type { ClickHouse } from '@millrace/clickhouse';
import type { AuditEntry, AuditOutcome, AuditPage, Role } from '@millrace/operations';
import { operationsExist } from './carry-audit.ts';

export interface AuditFilter {
  readonly by?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly outcome?: AuditOutcome;
  readonly hours: number;
  readonly most: number;
  /** Only what began before, ms since 1970. */
  readonly before?: number;
}

interface Row {
  readonly id: string;
  readonly atMs: string;
  readonly endedMs: string;
  readonly actor: string;
  readonly role: Role;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
  readonly outcome: AuditOutcome;
}

/** Rejects as ClickHouse's client does. */
export const readAudit = async (
  clickhouse: Pick<ClickHouse, 'query'>,
  filter: AuditFilter,
  nowMs: number,
): Promise<AuditPage> => {
  if (!(await operationsExist(clickhouse))) return { entries: [], next: null };
  const { by, action, subject, outcome, hours, most, before } = filter;
  const conditions = [
    'at >= fromUnixTimestamp64Milli({fromMs: Int64})',
    ...(by === undefined ? [] : ['actor = {by: String}']),
    ...(action === undefined ? [] : ['action = {action: String}']),
    ...(subject === undefined ? [] : ['subject = {subject: String}']),
  ];
  const having = [
    ...(before === undefined ? [] : ['atMs < {before: Int64}']),
    ...(outcome === undefined ? [] : ['last = {outcome: String}']),
  ];
  const rows = await clickhouse.query<Row & { readonly last: AuditOutcome }>(
    `SELECT id, toUnixTimestamp64Milli(min(at)) AS atMs,
            toUnixTimestamp64Milli(maxIf(at, outcome != 'begun')) AS endedMs,
            any(actor) AS actor, any(role) AS role, any(action) AS action, any(subject) AS subject,
            argMax(detail, position) AS detail, argMax(outcome, position) AS last
     FROM (SELECT * FROM millrace_operations WHERE ${conditions.join(' AND ')})
     GROUP BY id ${having.length > 0 ? `HAVING ${having.join(' AND ')}` : ''}
     ORDER BY atMs DESC, id LIMIT {most: UInt32}`,
    { fromMs: nowMs - hours * 3_600_000, by, action, subject, before, outcome, most: most + 1 },
  );
  const entries = rows.slice(0, most).map(
    ({ id, atMs, endedMs, actor, role, action: what, subject: of, detail, last }): AuditEntry => ({
      ...{ id, atMs: Number(atMs), endedMs: last === 'begun' ? null : Number(endedMs) },
      ...{ by: actor, role, action: what, subject: of, detail, outcome: last },
    }),
  );
  return { entries, next: rows.length > most ? (entries.at(-1)?.atMs ?? null) : null };
};
