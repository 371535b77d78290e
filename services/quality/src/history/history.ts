/**
 * Measurements on their way into ClickHouse, straight and not through Kafka and the sink: what is watched must not be
 * needed to tell of it. Rows wait in memory, bounded; when ClickHouse stays away the oldest are lost, and counted.
 */
import { randomUUID } from 'node:crypto';
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, quoteName } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import type { QualityMetrics } from '../metrics.ts';
import type { Watch } from '../watch.ts';
import { type HistoryTable, historyStatements } from './history-table.ts';

/** Values by column, as JSONEachRow takes them; `atMs` is the moment. */
export type HistoryRow = Readonly<Record<string, unknown>> & { readonly atMs: number };

export interface History {
  /** Declares a table; it is made before the first rows go there. Returns what appends to it. */
  table(table: HistoryTable): HistoryLog;
  /** Sends what waits. */
  readonly watch: Watch;
  /** Sends what waits, as far as ClickHouse takes it now. */
  close(): Promise<void>;
}

export interface HistoryLog {
  readonly name: string;
  append(rows: readonly HistoryRow[]): void;
}

export interface HistoryOptions {
  readonly clickhouse: ClickHouse;
  readonly retentionMs: number;
  readonly metrics: QualityMetrics;
  readonly logger: Logger;
}

/** Rows of a table that wait at most. */
const waitingMax = 100_000;

interface Batch {
  readonly rows: readonly HistoryRow[];
  /** The same for each try, so that a try of unknown outcome lands once. */
  readonly token: string;
}

interface Log {
  readonly table: HistoryTable;
  waiting: HistoryRow[];
  sending: Batch | undefined;
  isMade: boolean;
}

export const createHistory = (options: HistoryOptions): History => {
  const { clickhouse, metrics } = options;
  const logs = new Map<string, Log>();

  const send = async (log: Log): Promise<void> => {
    const { name } = log.table;
    if (log.sending === undefined && log.waiting.length === 0) return;
    if (!log.isMade) {
      for (const statement of historyStatements(log.table, options.retentionMs))
        await clickhouse.exec(statement);
      log.isMade = true;
    }
    log.sending ??= { rows: log.waiting.splice(0), token: randomUUID() };
    const { rows, token } = log.sending;
    const body = rows.map(({ atMs, ...values }) =>
      JSON.stringify({ at: new Date(atMs).toISOString(), ...values }),
    );
    await clickhouse.insert({
      statement: `INSERT INTO ${quoteName(name)} FORMAT JSONEachRow`,
      body: Buffer.from(body.join('\n')),
      token,
      settings: { date_time_input_format: 'best_effort' },
    });
    log.sending = undefined;
    metrics.historyRows.inc({ table: name }, rows.length);
  };

  /** Rows that ClickHouse will never take are let go. */
  const sendOrLose = async (log: Log): Promise<void> => {
    try {
      await send(log);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.retryable) throw error;
      metrics.historyLost.inc({ table: log.table.name }, log.sending?.rows.length ?? 0);
      options.logger.error({ err: error, table: log.table.name }, 'measurements were refused');
      log.sending = undefined;
    }
  };

  return {
    table: (table) => {
      const log: Log = { table, waiting: [], sending: undefined, isMade: false };
      logs.set(table.name, log);
      return {
        name: table.name,
        append: (rows) => {
          log.waiting.push(...rows);
          const surplus = log.waiting.length - waitingMax;
          if (surplus <= 0) return;
          log.waiting.splice(0, surplus);
          metrics.historyLost.inc({ table: table.name }, surplus);
        },
      };
    },
    watch: {
      name: 'history',
      everyMs: 1000,
      round: async () => {
        for (const log of logs.values()) await sendOrLose(log);
      },
    },
    close: async () => {
      for (const log of logs.values()) await sendOrLose(log).catch(() => undefined);
    },
  };
};
