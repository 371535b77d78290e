/** Whether the binary form of every captured column is known: one that is not makes the stream text. */
import type { ColumnModes } from '../columns/column-modes.ts';
import { isBinaryCapable } from '../envelope/table-shape.ts';
import { type CatalogTable, describeTable } from './catalog.ts';
import type { SourceConnection } from './source-connection.ts';

export const allInBinary = async (
  control: SourceConnection,
  tables: readonly CatalogTable[],
  modes: ColumnModes,
): Promise<boolean> => {
  for (const table of tables) {
    if (!isBinaryCapable(await describeTable(control, table, modes))) return false;
  }
  return true;
};
