/** Which tables a snapshot reads, and which rows of them: what the settings say. */
import { MillraceError } from '@millrace/contracts';
import type { CdcConfig } from '../config.ts';
import { selectTables } from '../source/captured-tables.ts';
import type { CatalogTable, TableName } from '../source/catalog.ts';
import { progressKey, readProgress } from './table-progress.ts';

export interface SnapshotChoice {
  readonly tables: readonly CatalogTable[];
  /** SQL that limits a table's rows; undefined: all of them. */
  conditionOf(table: TableName): string | undefined;
}

/** Throws `config.invalid` when it is not a JSON object of texts. */
const parseConditions = (text: string): ReadonlyMap<string, string> => {
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = Object.entries(parsed as object);
    if (entries.every(([, value]) => typeof value === 'string')) return new Map(entries);
  } catch {
    // told below
  }
  throw new MillraceError(
    'config.invalid',
    'MILLRACE_CDC_SNAPSHOT_WHERE is not a JSON object of table names and conditions',
  );
};

/** Throws `config.invalid`. */
export const snapshotTables = (
  config: Pick<CdcConfig, 'snapshotMode' | 'snapshotTables' | 'snapshotWhere'>,
  captured: readonly CatalogTable[],
): SnapshotChoice => {
  const conditions = parseConditions(config.snapshotWhere);
  const patterns = config.snapshotTables.length === 0 ? ['*'] : config.snapshotTables;
  const tables = config.snapshotMode === 'no_data' ? [] : selectTables(captured, patterns).tables;
  return { tables, conditionOf: ({ schema, table }) => conditions.get(`${schema}.${table}`) };
};

/** Keys of the state log that speak of an earlier snapshot's tables which the new one does not read. */
export const progressToForget = (
  facts: ReadonlyMap<string, Buffer>,
  tables: readonly TableName[],
): readonly string[] => {
  const wanted = new Set(tables.map(progressKey));
  return readProgress(facts)
    .map(progressKey)
    .filter((key) => !wanted.has(key));
};
