/**
 * All that a contract has in ClickHouse: tables, feeds between them (materialized views) and the views that
 * analysts read. The plan creates them in this order, so that nothing names what is not there yet.
 */
import { maskedView } from '../access/masked-view.ts';
import { quoteName } from './sql-text.ts';
import { viewColumns, viewSelect } from './table-ddl.ts';
import {
  deduplicationWindowInserts,
  metadataColumns,
  type TableColumn,
  type TableShape,
  tableShape,
  truncationsTable,
  type WarehouseContract,
} from './warehouse-table.ts';

/** A materialized view: what is inserted into a raw table goes on to the target, in the same insert. */
export interface WarehouseFeed {
  readonly name: string;
  readonly target: string;
  readonly select: string;
}

export interface WarehouseView {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly select: string;
  /** Shows masked what not every analyst may read, so every column of it is for every analyst. */
  readonly isMasked?: boolean;
}

export interface WarehouseObjects {
  readonly tables: readonly TableShape[];
  readonly feeds: readonly WarehouseFeed[];
  readonly views: readonly WarehouseView[];
}

/** Everything that one contract wants in ClickHouse. */
export const warehouseObjects = (contract: WarehouseContract): WarehouseObjects => {
  const plain = {
    name: contract.warehouse.view,
    columns: viewColumns(contract),
    select: viewSelect(contract),
  };
  const isDimension = contract.warehouse.role === 'dimension';
  return {
    tables: [tableShape(contract), ...(isDimension ? [truncationsShape(contract)] : [])],
    feeds: isDimension ? [truncationsFeed(contract)] : [],
    views: withMasked(contract, [plain]),
  };
};

/** The views, and behind them the masked one of each that shows columns which are not for every analyst. */
const withMasked = (
  { warehouse }: WarehouseContract,
  views: readonly WarehouseView[],
): readonly WarehouseView[] => [
  ...views,
  ...views
    .map((view) => maskedView(view, warehouse.columns))
    .filter((masked) => masked !== undefined),
];

/** Names of all of them. */
export const warehouseNames = (contract: WarehouseContract): readonly string[] => {
  const { tables, feeds, views } = warehouseObjects(contract);
  return [...tables, ...feeds, ...views].map(({ name }) => name);
};

const columnOf = (contract: WarehouseContract, name: string): TableColumn =>
  metadataColumns(contract.warehouse.role).find((column) => column.name === name)!;

const truncationsShape = (contract: WarehouseContract): TableShape => ({
  name: truncationsTable(contract.warehouse),
  columns: ['_version', '_committed_at'].map((name) => columnOf(contract, name)),
  engine: 'ReplacingMergeTree',
  orderBy: ['_version'],
  indexes: [],
  comment: `Each TRUNCATE of the source of ${contract.warehouse.view}, once.`,
  settings: { non_replicated_deduplication_window: deduplicationWindowInserts },
});

const truncationsFeed = ({ warehouse }: WarehouseContract): WarehouseFeed => ({
  name: `${truncationsTable(warehouse)}_feed`,
  target: truncationsTable(warehouse),
  select: `SELECT _version, _committed_at FROM ${quoteName(warehouse.table)} WHERE _is_truncation = 1`,
});
