/** Whether the rules fit the tables, before anything is captured: a mask that would let a value through stops here. */
import type { ColumnModes } from '../columns/column-modes.ts';
import { type CatalogTable, describeTable } from '../source/catalog.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import type { RowRules } from './row-rules.ts';

/** Throws `cdc.rule-invalid`. */
export const checkRules = async (
  control: SourceConnection,
  tables: readonly CatalogTable[],
  modes: ColumnModes,
  rules: RowRules,
): Promise<void> => {
  if (!rules.isUsed) return;
  for (const table of tables) rules.apply(await describeTable(control, table, modes));
};
