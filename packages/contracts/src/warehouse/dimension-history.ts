/**
 * The history of a dimension (type 2): every version is kept, and from when until when it was true is
 * derived when it is asked for, so that a version that comes late moves its neighbours by itself. A version
 * begins when its source committed it and ends when the next one of its key, or a TRUNCATE, begins; a
 * delete begins nothing. A version ends with the earliest that comes after it, so one that claims to be later
 * than those (a row that a snapshot read again, a clock set back) lasted no time, as one of the same
 * millisecond did, and is left out.
 */
import type { HistorySettings } from '../contract.ts';
import { quoteName } from './sql-text.ts';
import {
  deduplicationWindowInserts,
  fieldColumns,
  metadataColumns,
  type TableColumn,
  type TableShape,
  truncationsTable,
  type WarehouseContract,
} from './warehouse-table.ts';

/** Columns that the history's view adds to those of the contract. */
export const historyColumns: readonly TableColumn[] = [
  {
    name: 'valid_from',
    type: "DateTime64(3, 'UTC')",
    comment: 'The version is true from here on.',
  },
  {
    name: 'valid_to',
    type: "DateTime64(3, 'UTC')",
    comment: 'The version is true up to here, exclusive; 2299-12-31 while it is the current one.',
  },
  { name: 'is_current', type: 'UInt8', comment: '1 for the version that is true now.' },
];

const far = "toDateTime64('2299-12-31 00:00:00', 3, 'UTC')";
const longAgo = "toDateTime64('1900-01-01 00:00:00', 3, 'UTC')";

/** Name of the view of all versions. */
export const historyView = ({ warehouse }: WarehouseContract): string =>
  `${warehouse.view}_history`;

/** Name of the table behind it. */
export const historyTable = (contract: WarehouseContract): string => `${historyView(contract)}_raw`;

const keptMetadata = ['_version', '_is_deleted', '_committed_at', '_ingested_at'];

/** Every version once: a repeated one replaces itself. */
export const historyShape = (contract: WarehouseContract): TableShape => {
  const { warehouse } = contract;
  const metadata = metadataColumns(warehouse.role).filter(({ name }) =>
    keptMetadata.includes(name),
  );
  return {
    name: historyTable(contract),
    columns: [...fieldColumns(contract), ...metadata],
    engine: 'ReplacingMergeTree',
    orderBy: [...warehouse.orderBy, '_version'],
    indexes: [],
    comment: `Every version of every row of ${warehouse.view}.`,
    settings: { non_replicated_deduplication_window: deduplicationWindowInserts },
  };
};

const list = (names: readonly string[]): string => names.map(quoteName).join(', ');

/** The rows of the raw table that are versions. */
export const historyFeedSelect = (contract: WarehouseContract): string => {
  const names = historyShape(contract).columns.map(({ name }) => name);
  return `SELECT ${list(names)} FROM ${quoteName(contract.warehouse.table)} WHERE _is_truncation = 0`;
};

/**
 * Takes over what landed before the feed was there, or before it knew a column. May be repeated at will:
 * a version replaces itself.
 */
export const historyFill = (contract: WarehouseContract): string => {
  const names = historyShape(contract).columns.map(({ name }) => name);
  return `INSERT INTO ${quoteName(historyTable(contract))} (${list(names)}) ${historyFeedSelect(contract)}`;
};

/** The query of the history's view. Conditions on the key reach the table's primary index. */
export const historySelect = (contract: WarehouseContract, { before }: HistorySettings): string => {
  const { warehouse } = contract;
  const names = warehouse.columns.map(({ name }) => name);
  const key = list(warehouse.orderBy);
  const newest = `OVER (PARTITION BY ${key} ORDER BY _version DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  const truncations = `(SELECT arraySort(groupArray((_version, _committed_at))) FROM ${quoteName(truncationsTable(warehouse))})`;
  const versions = [
    `SELECT ${list(names)}, _is_deleted, _committed_at`,
    `count() ${newest} AS _later`,
    `min(_committed_at) ${newest} AS _until`,
    ...(before === 'first' ? [`count() OVER (PARTITION BY ${key}) AS _versions`] : []),
    `arrayFirst(_t -> ((_t.1) > _version), ${truncations}) AS _truncation`,
  ].join(', ');
  const from =
    before === 'first'
      ? `if((_later + 1) = _versions, ${longAgo}, _committed_at)`
      : '_committed_at';
  const to = `least(if(_later = 0, ${far}, _until), if((_truncation.1) = 0, ${far}, _truncation.2))`;
  return [
    `SELECT ${list(names)}, ${from} AS valid_from, ${to} AS valid_to, valid_to = ${far} AS is_current`,
    `FROM (${versions} FROM ${quoteName(historyTable(contract))} FINAL)`,
    'WHERE (_is_deleted = 0) AND (valid_from < valid_to)',
  ].join(' ');
};
