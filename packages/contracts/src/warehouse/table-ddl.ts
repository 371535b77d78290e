import type { Contract, SkipIndex } from '../contract.ts';
import { MillraceError } from '../millrace-error.ts';
import { quoteName, quoteText } from './sql-text.ts';
import {
  hasWarehouse,
  metadataColumns,
  type TableColumn,
  type TableShape,
  tableShape,
  truncationsTable,
  viewMetadataColumns,
  type WarehouseContract,
} from './warehouse-table.ts';

/**
 * The DDL of a contract: its raw table and the view analysts read. Changing an existing table is the
 * plan's work (plan/tables.ts).
 */
export const columnDdl = (column: TableColumn): string =>
  [
    `${quoteName(column.name)} ${column.type}`,
    ...(column.defaultExpression === undefined ? [] : [`DEFAULT ${column.defaultExpression}`]),
    ...(column.comment === undefined ? [] : [`COMMENT ${quoteText(column.comment)}`]),
    ...(column.codec === undefined ? [] : [`CODEC(${column.codec})`]),
  ].join(' ');

/** E.g. `` `idx_origin_set` `origin` TYPE set(100) GRANULARITY 1 ``. */
export const indexDdl = ({ name, column, type, granularity }: SkipIndex): string =>
  `${quoteName(name)} ${quoteName(column)} TYPE ${type} GRANULARITY ${granularity}`;

const withWarehouse = (contract: Contract): WarehouseContract => {
  if (hasWarehouse(contract)) return contract;
  throw new MillraceError(
    'contracts.warehouse-absent',
    `${contract.id} has no warehouse section, so it has no table.`,
  );
};

/** `CREATE TABLE IF NOT EXISTS` of a table of this shape, in the connection's database. */
export const tableDdl = (shape: TableShape): string => {
  const settings = Object.entries(shape.settings).map(([name, value]) => `${name} = ${value}`);
  const parts = [
    ...shape.columns.map(columnDdl),
    ...shape.indexes.map((index) => `INDEX ${indexDdl(index)}`),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteName(shape.name)}`,
    `(\n${parts.map((part) => `  ${part}`).join(',\n')}\n)`,
    `ENGINE = ${shape.engine}`,
    ...(shape.partitionBy === undefined ? [] : [`PARTITION BY ${shape.partitionBy}`]),
    `ORDER BY (${shape.orderBy.map(quoteName).join(', ')})`,
    ...(shape.ttl === undefined ? [] : [`TTL ${shape.ttl}`]),
    `SETTINGS ${settings.join(', ')}`,
    `COMMENT ${quoteText(shape.comment)}`,
  ].join('\n');
};

/** The DDL of the raw table. Throws `contracts.warehouse-absent` for a contract without a warehouse section. */
export const rawTableDdl = (contract: Contract): string =>
  tableDdl(tableShape(withWarehouse(contract)));

/** The columns that a view shows, with their types. */
export const viewColumns = (contract: WarehouseContract): readonly TableColumn[] => {
  const { columns, role } = contract.warehouse;
  const shown = viewMetadataColumns(role);
  return [...columns, ...metadataColumns(role).filter(({ name }) => shown.includes(name))];
};

/**
 * The query of the view: business columns, then the times an analyst asks for. An aggregate is read with FINAL, and
 * results that were taken back are gone. A dimension is read with FINAL, too, which keeps the latest version of each key and drops deleted ones; what is not newer than the last
 * TRUNCATE is gone, whichever of the two landed first. Being a view is what shuts off
 * the PREWHERE trap (a condition applied before FINAL finds versions that are no longer current):
 * ClickHouse refuses PREWHERE on a view, and its optimizer moves nothing past FINAL but conditions on the
 * sorting key, which versions share.
 */
export const viewSelect = (contract: WarehouseContract): string => {
  const { warehouse } = contract;
  const names = viewColumns(contract).map(({ name }) => quoteName(name));
  const select = `SELECT ${names.join(', ')} FROM ${quoteName(warehouse.table)}`;
  if (warehouse.role === 'fact') {
    const { onceBy } = warehouse;
    return onceBy === undefined
      ? select
      : `${select} LIMIT 1 BY ${onceBy.map(quoteName).join(', ')}`;
  }
  if (warehouse.role === 'aggregate') return `${select} FINAL WHERE _is_deleted = 0`;
  const truncated = `(SELECT max(_version) FROM ${quoteName(truncationsTable(warehouse))})`;
  return `${select} FINAL WHERE (_is_deleted = 0) AND (_version > ${truncated})`;
};

/**
 * `CREATE OR REPLACE VIEW` that reads with the rights of who made it: a reader needs none on the raw table, and row
 * policies and column rights on the view are all there is to pass.
 */
export const viewStatement = ({ name, select }: { name: string; select: string }): string =>
  `CREATE OR REPLACE VIEW ${quoteName(name)} DEFINER = CURRENT_USER SQL SECURITY DEFINER AS ${select}`;

/** The view under the plain name. Throws as `rawTableDdl`. */
export const viewDdl = (contract: Contract): string => {
  const complete = withWarehouse(contract);
  return viewStatement({ name: complete.warehouse.view, select: viewSelect(complete) });
};
