/** Which tables a snapshot reads, and which rows of them: what the settings say. */
import { MillraceError } from '@millrace/contracts';
import type { CdcConfig } from '../config.ts';
import { isSignalTable } from '../signals/signal-table.ts';
import { selectTables } from '../source/captured-tables.ts';
import type { CatalogTable, TableName } from '../source/catalog.ts';
import type { RowChoice } from './row-choice.ts';

export interface SnapshotChoice {
  readonly tables: readonly CatalogTable[];
  choiceOf(table: TableName): RowChoice;
}

type ChoiceSettings = Pick<CdcConfig, 'snapshotWhere' | 'snapshotSelect'>;

/** Throws `config.invalid` when it is not a JSON object of texts. */
const parseTexts = (env: string, text: string): ReadonlyMap<string, string> => {
  try {
    const parsed: unknown = JSON.parse(text);
    const entries = Object.entries(parsed as object);
    if (entries.every(([, value]) => typeof value === 'string')) return new Map(entries);
  } catch {
    // told below
  }
  throw new MillraceError('config.invalid', `${env} is not a JSON object of table names and SQL`);
};

/** Throws `config.invalid`. */
export const rowChoices = (config: ChoiceSettings): SnapshotChoice['choiceOf'] => {
  const conditions = parseTexts('MILLRACE_CDC_SNAPSHOT_WHERE', config.snapshotWhere);
  const statements = parseTexts('MILLRACE_CDC_SNAPSHOT_SELECT', config.snapshotSelect);
  const twice = [...statements.keys()].find((name) => conditions.has(name));
  if (twice !== undefined) {
    throw new MillraceError(
      'config.invalid',
      `${twice} stands in MILLRACE_CDC_SNAPSHOT_WHERE and in MILLRACE_CDC_SNAPSHOT_SELECT`,
    );
  }
  return ({ schema, table }) => {
    const condition = conditions.get(`${schema}.${table}`);
    const statement = statements.get(`${schema}.${table}`);
    return {
      ...(condition === undefined ? {} : { condition }),
      ...(statement === undefined ? {} : { statement }),
    };
  };
};

/** Throws `config.invalid`. */
export const snapshotTables = (
  config: Pick<CdcConfig, 'signalTable' | 'snapshotMode' | 'snapshotTables'> & ChoiceSettings,
  captured: readonly CatalogTable[],
): SnapshotChoice => {
  const patterns = config.snapshotTables.length === 0 ? ['*'] : config.snapshotTables;
  const read = captured.filter((table) => !isSignalTable(table, config.signalTable));
  const tables = config.snapshotMode === 'no_data' ? [] : selectTables(read, patterns).tables;
  return { tables, choiceOf: rowChoices(config) };
};
