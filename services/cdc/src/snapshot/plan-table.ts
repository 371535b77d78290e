/** A table as the snapshot reads it: prepared, cut, and without the ranges at its end that hold no row. */
import type { CapturedTable } from '../captured-table.ts';
import type { ColumnModes } from '../columns/column-modes.ts';
import { type CatalogTable, describeTable } from '../source/catalog.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { type Chunk, chunkCondition, chunksOf, listHeaps } from './chunks.ts';
import { type RowChoice, rowsOf } from './row-choice.ts';
import type { PlannedTable } from './snapshot-plan.ts';

export interface PlanOptions {
  readonly modes: ColumnModes;
  /** Of a table's files. */
  readonly chunkBytes: number;
  choiceOf(table: CatalogTable): RowChoice;
  prepareTable(shape: Awaited<ReturnType<typeof describeTable>>): Promise<CapturedTable>;
}

/** So many ranges without a row at a table's end are looked at; beyond them the last row is not marked as such. */
const LOOKS_MAX = 16;

const hasRow = async (
  reader: SourceConnection,
  chunk: Chunk,
  { condition }: RowChoice,
): Promise<boolean> => {
  if (chunk.heap.blocks === 0) return false;
  const rows = rowsOf(`only ${chunk.heap.name}`, [chunkCondition(chunk), condition]);
  return (await reader.query(`select from ${rows} limit 1`)).length > 0;
};

/** The last range holds the table's last row, so that it can be marked; where it does not, the one before takes its place. */
const closeWithRow = async (
  reader: SourceConnection,
  chunks: readonly Chunk[],
  choice: RowChoice,
): Promise<{ readonly chunks: readonly Chunk[]; readonly isEmpty: boolean }> => {
  const kept = [...chunks];
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const last = kept.at(-1);
    if (last === undefined || (await hasRow(reader, last, choice))) break;
    if (kept.length === 1) return { chunks: kept, isEmpty: true };
    kept.pop();
    const before = kept.at(-1);
    if (before?.heap === last.heap) kept[kept.length - 1] = { ...before, toBlock: undefined };
  }
  return { chunks: kept, isEmpty: kept.length === 0 };
};

/** In the snapshot that is open on `reader`, on a table that is locked. Throws `cdc.source-unavailable`, registry.*, kafka.*. */
export const planTable = async (
  reader: SourceConnection,
  table: CatalogTable,
  options: PlanOptions,
): Promise<PlannedTable> => {
  const choice = options.choiceOf(table);
  const captured = await options.prepareTable(await describeTable(reader, table, options.modes));
  const heaps = await listHeaps(reader, table);
  const [first] = heaps;
  if (choice.statement !== undefined && first !== undefined) {
    const all = { heap: first, fromBlock: 0, toBlock: undefined };
    return { table: captured, choice, chunks: [all], isEmpty: false };
  }
  const chunks = chunksOf(heaps, options.chunkBytes);
  return { table: captured, choice, ...(await closeWithRow(reader, chunks, choice)) };
};
