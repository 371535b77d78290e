import type { Contract, SkipIndex, Warehouse, WarehouseRole } from '../contract.ts';

/**
 * The whole shape of a raw table: business columns, then the metadata columns of its role. Text is made
 * in table-ddl.ts, differences in plan/tables.ts.
 */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  /** A DEFAULT expression. */
  readonly defaultExpression?: string;
  readonly codec?: string;
  readonly comment?: string;
  /** Names that its field had. */
  readonly formerNames?: readonly string[];
}

export interface TableShape {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** E.g. `ReplacingMergeTree(_version, _is_deleted)`. */
  readonly engine: string;
  readonly orderBy: readonly string[];
  readonly partitionBy?: string;
  readonly ttl?: string;
  readonly indexes: readonly SkipIndex[];
  readonly comment: string;
  readonly settings: Readonly<Record<string, number>>;
}

/**
 * How many insert tokens a table remembers. A retry inside this window cannot duplicate; ClickHouse's
 * default for tables that are not replicated is 0, which ignores tokens.
 */
export const deduplicationWindowInserts = 10_000;

const time = "DateTime64(3, 'UTC')";
const timeCodec = 'Delta(8), ZSTD(1)';

const positionColumns: readonly TableColumn[] = [
  {
    name: '_partition',
    type: 'Int32',
    codec: 'ZSTD(1)',
    comment: 'Kafka partition of the record.',
  },
  { name: '_offset', type: 'Int64', codec: timeCodec, comment: 'Kafka offset of the record.' },
];

const ingestedAt: TableColumn = {
  name: '_ingested_at',
  type: time,
  defaultExpression: 'now64(3)',
  codec: timeCodec,
  comment: 'When the row became queryable.',
};

/**
 * The platform's own columns of a raw table, by role, without the topic's name (see `tableShape`).
 * `_version` of a dimension is commit order, made by the sink's `tables/dimension-version.ts`.
 */
export const metadataColumns = (role: WarehouseRole): readonly TableColumn[] =>
  ({ fact: factMetadata, aggregate: aggregateMetadata, dimension: dimensionMetadata })[role];

const factMetadata: readonly TableColumn[] = [
  { name: '_topic', type: 'LowCardinality(String)', comment: 'Kafka topic of the record.' },
  ...positionColumns,
  { name: '_produced_at', type: time, codec: timeCodec, comment: 'Time of the Kafka record.' },
  {
    name: '_incarnation',
    type: 'Int64',
    codec: 'ZSTD(1)',
    comment: 'Which log of that name: 48 bits of the topic id; 0 in rows from before.',
  },
  ingestedAt,
];

const aggregateMetadata: readonly TableColumn[] = [
  ...factMetadata,
  {
    name: '_version',
    type: 'UInt128',
    defaultExpression:
      'bitOr(bitShiftLeft(toUInt128(toUnixTimestamp64Milli(_produced_at)), 64), toUInt128(_offset))',
    comment: 'Time of the Kafka record, then its offset: the last result of a key counts.',
  },
  { name: '_is_deleted', type: 'UInt8', comment: '1 when the transform took the result back.' },
];

const dimensionMetadata: readonly TableColumn[] = [
  {
    name: '_version',
    type: 'UInt128',
    comment: 'Commit order: place in the log of the source, then Kafka offset.',
  },
  { name: '_is_deleted', type: 'UInt8', comment: '1 when the row was deleted at the source.' },
  {
    name: '_is_truncation',
    type: 'UInt8',
    comment: '1 when the whole table was emptied at the source; the row then is of no key.',
  },
  ...positionColumns,
  {
    name: '_committed_at',
    type: time,
    codec: timeCodec,
    comment: 'When the source committed the change.',
  },
  ingestedAt,
];

/** Columns that a view shows of the metadata: what an analyst asks of freshness. */
export const viewMetadataColumns = (role: WarehouseRole): readonly string[] =>
  role === 'dimension' ? ['_committed_at', '_ingested_at'] : ['_produced_at', '_ingested_at'];

const engineOf = ({ role, versionBy }: Warehouse): string =>
  ({
    fact: 'MergeTree',
    dimension: 'ReplacingMergeTree(_version, _is_deleted)',
    aggregate: `ReplacingMergeTree(${versionBy ?? '_version'})`,
  })[role];

/** Where the TRUNCATEs of a dimension's source are kept: they are of no key, so no merge may drop them. */
export const truncationsTable = ({ table }: Pick<Warehouse, 'table'>): string =>
  `${table}_truncations`;

/** A contract that has a warehouse section. */
export type WarehouseContract = Contract & { readonly warehouse: Warehouse };

/** True for a contract whose records land in a table. */
export const hasWarehouse = (contract: Contract): contract is WarehouseContract =>
  contract.warehouse !== undefined;

const tableSettings = (warehouse: Warehouse): Readonly<Record<string, number>> => ({
  non_replicated_deduplication_window: deduplicationWindowInserts,
  ...(warehouse.dropsWholeParts === true ? { ttl_only_drop_parts: 1 } : {}),
  ...(warehouse.indexGranularity === undefined
    ? {}
    : { index_granularity: warehouse.indexGranularity }),
});

/** The columns of the contract's fields, with the names that these had. */
export const fieldColumns = ({ warehouse, record }: WarehouseContract): readonly TableColumn[] =>
  warehouse.columns.map((column) => {
    const formerNames = record.fields.find(({ name }) => name === column.name)?.aliases ?? [];
    return formerNames.length === 0 ? column : { ...column, formerNames };
  });

/** The raw table that a contract asks for. */
export const tableShape = (contract: WarehouseContract): TableShape => {
  const { warehouse, topic } = contract;
  const isNamed = warehouse.versionBy !== undefined;
  const metadata = metadataColumns(warehouse.role)
    .filter(({ name }) => !(isNamed && name === '_version'))
    .map((column) =>
      column.name === '_topic' ? { ...column, defaultExpression: `'${topic.name}'` } : column,
    );
  return {
    name: warehouse.table,
    columns: [...fieldColumns(contract), ...metadata],
    engine: engineOf(warehouse),
    orderBy: warehouse.orderBy,
    ...(warehouse.partitionBy === undefined ? {} : { partitionBy: warehouse.partitionBy }),
    ...(warehouse.ttl === undefined ? {} : { ttl: warehouse.ttl }),
    indexes: warehouse.indexes ?? [],
    comment: contract.description,
    settings: tableSettings(warehouse),
  };
};
