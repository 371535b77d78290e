/**
 * Some of the newest rows of a contract, as somebody without further rights would see them. What is restricted is never shown, also
 * where the contract has a mask that would show a part of it.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { maskedColumn, quoteName, type WarehouseContract } from '@millrace/contracts';
import type { CatalogSample } from '@millrace/operations';

/** Parts of a fact that are looked into, the newest. */
const PARTS = 3;
const limits =
  "SETTINGS max_execution_time = 5, max_threads = 2, max_result_bytes = 1000000, result_overflow_mode = 'break'";

const shownColumn = (column: WarehouseContract['warehouse']['columns'][number]) => {
  const { mask: _mask, ...bare } = column;
  return maskedColumn(column.classification === 'restricted' ? bare : column);
};

/** Of a fact the newest by arrival, out of its newest parts; of others any current rows. Rejects with `clickhouse.…`. */
export const readSample = async (
  clickhouse: ClickHouse,
  { warehouse }: WarehouseContract,
  rowsMax: number,
): Promise<CatalogSample> => {
  const shown = warehouse.columns.map((column) => ({ name: column.name, ...shownColumn(column) }));
  const columns = shown.map(({ name }) => name);
  const masked = shown.filter(({ isMasked }) => isMasked).map(({ name }) => name);
  if (rowsMax === 0) return { columns, masked, rows: [] };
  const list = shown.map(({ sql }) => sql).join(', ');
  const isFact = warehouse.role === 'fact';
  const source = isFact
    ? `${quoteName(warehouse.table)} WHERE _part IN (
         SELECT name FROM system.parts WHERE active AND database = currentDatabase() AND table = {table:String}
          ORDER BY max_block_number DESC LIMIT ${PARTS}) ORDER BY _ingested_at DESC`
    : quoteName(warehouse.view);
  const rows = await clickhouse.query<Record<string, unknown>>(
    `SELECT ${list} FROM ${source} LIMIT ${rowsMax} ${limits}`,
    { table: warehouse.table },
  );
  return { columns, masked, rows: rows.map((row) => columns.map((name) => row[name])) };
};
