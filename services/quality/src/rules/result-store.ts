/** Results and rows that failed, kept in ClickHouse, and read back for who asks and after a restart. */
import { type ClickHouse, rejectionOf } from '@millrace/clickhouse';
import type { FailedSamples, RuleResult } from '@millrace/operations';
import type { History } from '../history/history.ts';

const text = 'LowCardinality(String)';
const resultsTable = {
  name: 'millrace_quality_results',
  columns: {
    ...{ id: 'String', contract: text, rule: text, outcome: text, place: text, scope: text },
    ...{ measured: 'Nullable(Float64)', expected: text, share: 'Float64' },
    ...{ rows_checked: 'Nullable(UInt64)', rows_failed: 'Nullable(UInt64)' },
    ...{ message: 'String', duration_ms: 'UInt32' },
  },
  orderBy: ['contract', 'rule'],
  comment: 'What came out of the quality rules of contracts.',
} as const;
const samplesTable = {
  name: 'millrace_quality_samples',
  columns: {
    result_id: 'String',
    contract: text,
    columns: 'Array(String)',
    masked: 'Array(String)',
    row: 'String',
  },
  orderBy: ['result_id'],
  comment: 'Rows that failed a quality rule; classified columns are masked.',
  retentionMs: 7 * 86_400_000,
} as const;

export interface ResultFilter {
  readonly contract?: string;
  readonly rule?: string;
  readonly sinceMs: number;
  readonly limit: number;
}

export interface ResultStore {
  append(results: readonly RuleResult[]): void;
  appendSamples(result: RuleResult, samples: FailedSamples): void;
  /** Newest first. */
  results(filter: ResultFilter): Promise<readonly RuleResult[]>;
  /** The newest of each rule, place and scope of the last week. */
  newest(nowMs: number): Promise<readonly RuleResult[]>;
  samples(resultId: string): Promise<FailedSamples | undefined>;
}

interface ResultRow {
  readonly at_ms: string;
  readonly id: string;
  readonly contract: string;
  readonly rule: string;
  readonly outcome: RuleResult['outcome'];
  readonly place: RuleResult['place'];
  readonly scope: RuleResult['scope'];
  readonly measured: number | null;
  readonly expected: string;
  readonly share: number;
  readonly rows_checked: string | null;
  readonly rows_failed: string | null;
  readonly message: string;
  readonly duration_ms: number;
}

const selected = `SELECT toUnixTimestamp64Milli(at) AS at_ms, id, contract, rule, outcome, place, scope, measured, expected,
  share, rows_checked, rows_failed, message, duration_ms FROM ${resultsTable.name}`;
const numberOf = (value: string | null): number | null => (value === null ? null : Number(value));
const resultOf = ({
  at_ms,
  rows_checked,
  rows_failed,
  duration_ms,
  ...row
}: ResultRow): RuleResult => ({
  ...row,
  atMs: Number(at_ms),
  rowsChecked: numberOf(rows_checked),
  rowsFailed: numberOf(rows_failed),
  durationMs: duration_ms,
});

/** Before the first result there is no table. */
const orNone = async <Row>(rows: Promise<Row[]>): Promise<Row[]> => {
  try {
    return await rows;
  } catch (error) {
    if (rejectionOf(error)?.serverType === 'UNKNOWN_TABLE') return [];
    throw error;
  }
};

export const createResultStore = (history: History, clickhouse: ClickHouse): ResultStore => {
  const results = history.table(resultsTable);
  const samples = history.table(samplesTable);
  const read = async (statement: string, params: Readonly<Record<string, unknown>>) =>
    (await orNone(clickhouse.query<ResultRow>(statement, params))).map(resultOf);
  return {
    append: (some) =>
      results.append(
        some.map(({ rowsChecked, rowsFailed, durationMs, ...result }) => ({
          ...result,
          rows_checked: rowsChecked,
          rows_failed: rowsFailed,
          duration_ms: Math.round(durationMs),
        })),
      ),
    appendSamples: ({ id, contract, atMs }, { columns, rows, masked }) =>
      samples.append(
        rows.map((row) => ({
          ...{ atMs, result_id: id, contract, columns, masked },
          row: JSON.stringify(row),
        })),
      ),
    results: ({ contract, rule, sinceMs, limit }) =>
      read(
        `${selected} WHERE at >= fromUnixTimestamp64Milli({since:Int64})
          ${contract === undefined ? '' : 'AND contract = {contract:String}'}
          ${rule === undefined ? '' : 'AND rule = {rule:String}'}
          ORDER BY at DESC LIMIT {limit:UInt32}`,
        { since: sinceMs, limit, ...(contract && { contract }), ...(rule && { rule }) },
      ),
    newest: (nowMs) =>
      read(
        `${selected} WHERE at >= fromUnixTimestamp64Milli({since:Int64})
          ORDER BY at DESC LIMIT 1 BY contract, rule, place, scope`,
        { since: nowMs - 7 * 86_400_000 },
      ),
    samples: async (id) => {
      const rows = await orNone(
        clickhouse.query<{ columns: string[]; masked: string[]; row: string }>(
          `SELECT columns, masked, row FROM ${samplesTable.name} WHERE result_id = {id:String}`,
          { id },
        ),
      );
      const [first] = rows;
      return (
        first && {
          columns: first.columns,
          masked: first.masked,
          rows: rows.map(({ row }) => JSON.parse(row) as readonly unknown[]),
        }
      );
    },
  };
};
