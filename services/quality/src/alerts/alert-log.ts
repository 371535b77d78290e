/** What became of alerts, for later: a table in ClickHouse and a stream on Kafka. */
import { randomUUID } from 'node:crypto';
import type { ClickHouse } from '@millrace/clickhouse';
import { alertsContract, MillraceError, quoteName } from '@millrace/contracts';
import type { Alert } from '@millrace/operations';
import type { Logger } from '@millrace/pipeline';
import type { HistoryLog } from '../history/history.ts';
import type { HistoryTable } from '../history/history-table.ts';
import type { QualityOutputs } from '../outputs.ts';
import type { AlertChange } from './alert-book.ts';
import type { AlertRecord } from './alert-record.ts';

export const alertsTable: HistoryTable = {
  name: 'millrace_alerts',
  columns: {
    alert_id: 'String',
    change: 'LowCardinality(String)',
    name: 'LowCardinality(String)',
    severity: 'LowCardinality(String)',
    subject: 'String',
    contract: 'LowCardinality(Nullable(String))',
    summary: 'String',
    since: "DateTime64(3, 'UTC')",
    acknowledged_by: 'Nullable(String)',
  },
  orderBy: ['name', 'alert_id'],
  comment: 'Alerts of the running platform: each time that one fired, became graver or ended.',
};

export interface AlertLog {
  append(changes: readonly AlertChange[], atMs: number): Promise<void>;
  /** Alerts that ended since then, the newest first. */
  ended(sinceMs: number): Promise<readonly Omit<AlertRecord, 'firedMs' | 'toldMs'>[]>;
}

/** Of the list of what has ended. */
const endedMax = 200;

export const createAlertLog = (options: {
  readonly table: HistoryLog;
  readonly outputs: QualityOutputs;
  readonly clickhouse: ClickHouse;
  readonly logger: Logger;
}): AlertLog => ({
  append: async (changes, atMs) => {
    const kept = changes.filter(({ kind }) => kind !== 'repeated' && kind !== 'due');
    if (kept.length === 0) return;
    options.table.append(
      kept.map(({ kind, alert }) => ({
        ...{ atMs, alert_id: alert.id, change: kind, name: alert.name, severity: alert.severity },
        ...{ subject: alert.subject, contract: alert.contract, summary: alert.summary },
        since: new Date(alert.sinceMs).toISOString(),
        acknowledged_by: alert.acknowledgedBy,
      })),
    );
    const records = kept.map(({ kind, alert }) => ({
      key: alert.id,
      value: {
        ...{ change_id: randomUUID(), alert_id: alert.id, changed_at: atMs, change: kind },
        ...{ name: alert.name, severity: alert.severity, subject: alert.subject },
        ...{ contract: alert.contract, summary: alert.summary, since: alert.sinceMs },
      },
    }));
    // people are told whether Kafka takes it or not
    await options.outputs.publish(alertsContract(), records).catch((error: unknown) => {
      if (!(error instanceof MillraceError)) throw error;
      options.logger.warn({ err: error }, 'alerts could not be written to their stream');
    });
  },
  ended: async (sinceMs) => {
    const rows = await options.clickhouse
      .query<Readonly<Record<string, string | null>>>(
        `SELECT alert_id, name, severity, subject, contract, summary, acknowledged_by,
           toUnixTimestamp64Milli(since) AS since_ms, toUnixTimestamp64Milli(at) AS ended_ms
         FROM ${quoteName(alertsTable.name)}
         WHERE change = 'ended' AND at >= fromUnixTimestamp64Milli({since: Int64})
         ORDER BY at DESC LIMIT ${endedMax}`,
        { since: sinceMs },
      )
      // before the first alert ended there is no table
      .catch(() => []);
    return rows.map((row) => ({
      ...{ id: row['alert_id']!, name: row['name']!, subject: row['subject']! },
      severity: row['severity'] as AlertRecord['severity'],
      ...{ contract: row['contract'] ?? null, summary: row['summary']! },
      ...{ sinceMs: Number(row['since_ms']), endedMs: Number(row['ended_ms']) },
      acknowledgedBy: row['acknowledged_by'] ?? null,
    }));
  },
});

/** As the API shows what has ended; nothing silences it any more. */
export const endedView = (
  { acknowledgedBy, ...alert }: Awaited<ReturnType<AlertLog['ended']>>[number],
  runbook: (name: string) => string,
): Alert => ({ ...alert, acknowledgedBy, silence: null, runbook: runbook(alert.name) });
