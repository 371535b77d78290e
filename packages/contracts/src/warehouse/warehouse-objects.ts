/**
 * All that a contract has in ClickHouse: tables, feeds between them (materialized views), the views that
 * analysts read, dictionaries. The plan creates them in this order, so that nothing names what is not there yet.
 */
import { maskedView } from '../access/masked-view.ts';
import type { HistorySettings } from '../contract.ts';
import { dictionariesOf, type WarehouseDictionary } from './dictionaries.ts';
import {
  historyColumns,
  historyFeedSelect,
  historyFill,
  historySelect,
  historyShape,
  historyTable,
  historyView,
} from './dimension-history.ts';
import { rollupNames } from './rollups.ts';
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
  /**
   * Takes over what the target lacks once the feed is there; may be repeated at will. It was done when the
   * view of this name is there, which is made after it.
   */
  readonly fill?: { readonly statement: string; readonly doneBy: string };
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
  readonly dictionaries: readonly WarehouseDictionary[];
}

/** Everything that one contract wants in ClickHouse. */
export const warehouseObjects = (contract: WarehouseContract): WarehouseObjects => {
  const plain = {
    name: contract.warehouse.view,
    columns: viewColumns(contract),
    select: viewSelect(contract),
  };
  const { role, history } = contract.warehouse;
  const isDimension = role === 'dimension';
  const kept = history === undefined ? undefined : historyObjects(contract, history);
  return {
    // The history before the raw table: a new column is there when the raw table shows it to the sink.
    tables: [
      ...(kept?.tables ?? []),
      tableShape(contract),
      ...(isDimension ? [truncationsShape(contract)] : []),
    ],
    feeds: [...(isDimension ? [truncationsFeed(contract)] : []), ...(kept?.feeds ?? [])],
    views: withMasked(contract, [plain, ...(kept?.views ?? [])]),
    dictionaries: dictionariesOf(contract),
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
  const { tables, feeds, views, dictionaries } = warehouseObjects(contract);
  const named = [...tables, ...feeds, ...views, ...dictionaries].map(({ name }) => name);
  return [...named, ...rollupNames(contract)];
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

const historyObjects = (
  contract: WarehouseContract,
  settings: HistorySettings,
): Pick<WarehouseObjects, 'tables' | 'feeds' | 'views'> => ({
  tables: [historyShape(contract)],
  feeds: [
    {
      name: `${historyTable(contract)}_feed`,
      target: historyTable(contract),
      select: historyFeedSelect(contract),
      fill: { statement: historyFill(contract), doneBy: historyView(contract) },
    },
  ],
  views: [
    {
      name: historyView(contract),
      columns: [...contract.warehouse.columns, ...historyColumns],
      select: historySelect(contract, settings),
    },
  ],
});
