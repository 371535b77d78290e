/** A table for measurements: its name, columns and order as a declaration, and the statement that makes it. */
import { quoteName } from '@millrace/contracts';

export interface HistoryTable {
  /** `millrace_…`, beside the tables of contracts. */
  readonly name: string;
  /** The first is the moment of the measurement, `at DateTime64(3, 'UTC')`, and is not named here. */
  readonly columns: Readonly<Record<string, string>>;
  /** The moment comes last. */
  readonly orderBy: readonly string[];
  /** Rows of one moment that are alike in these columns are one, after the next merge: where two services write the same. */
  readonly oneBy?: readonly string[];
  readonly comment: string;
  /** In place of the service's own. */
  readonly retentionMs?: number;
}

/** Made when it is not there; columns that a newer version added come to a table that is. */
export const historyStatements = (table: HistoryTable, retentionMs: number): readonly string[] => {
  const columns = Object.entries(table.columns);
  const seconds = Math.ceil((table.retentionMs ?? retentionMs) / 1000);
  const { oneBy = [], orderBy } = table;
  const engine = oneBy.length === 0 ? 'MergeTree' : 'ReplacingMergeTree';
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(table.name)} (
       at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
       ${columns.map(([name, type]) => `${name} ${type}`).join(',\n       ')}
     ) ENGINE = ${engine} ORDER BY (${[...orderBy, 'at', ...oneBy].join(', ')})
     PARTITION BY toYYYYMM(at) TTL toDateTime(at) + INTERVAL ${seconds} SECOND
     SETTINGS non_replicated_deduplication_window = 1000
     COMMENT '${table.comment.replaceAll("'", "\\'")}'`,
    ...columns.map(
      ([name, type]) =>
        `ALTER TABLE ${quoteName(table.name)} ADD COLUMN IF NOT EXISTS ${name} ${type}`,
    ),
  ];
};
