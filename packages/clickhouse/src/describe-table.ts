import type { ClickHouse } from './clickhouse.ts';

/** A table as the server has it; for comparing with what a contract asks for. Nothing is changed here. */
export interface DescribedColumn {
  readonly name: string;
  readonly type: string;
  /** A DEFAULT expression, as the server prints it. */
  readonly defaultExpression?: string;
  /** E.g. `Delta(8), ZSTD(1)`. */
  readonly codec?: string;
  readonly comment?: string;
}

/** A data skipping index. */
export interface DescribedIndex {
  readonly name: string;
  /** The expression over which it stands, as the server prints it. */
  readonly column: string;
  /** With arguments: `set(100)`. */
  readonly type: string;
  readonly granularity: number;
}

export interface DescribedTable {
  readonly name: string;
  readonly columns: readonly DescribedColumn[];
  /** With arguments: `ReplacingMergeTree(_version, _is_deleted)`. */
  readonly engine: string;
  /** Expressions as the server prints them; empty for engines without an order. */
  readonly sortingKey: string;
  readonly partitionKey: string;
  readonly ttl?: string;
  readonly comment: string;
  readonly indexes: readonly DescribedIndex[];
  /** The engine's settings as text, e.g. `non_replicated_deduplication_window` → `10000`. */
  readonly settings: Readonly<Record<string, string>>;
}

interface TableRow {
  readonly engine_full: string;
  readonly engine: string;
  readonly sorting_key: string;
  readonly partition_key: string;
  readonly comment: string;
}

interface ColumnRow {
  readonly name: string;
  readonly type: string;
  readonly default_kind: string;
  readonly default_expression: string;
  readonly compression_codec: string;
  readonly comment: string;
}

interface IndexRow {
  readonly name: string;
  readonly expr: string;
  readonly type_full: string;
  readonly granularity: string;
}

/** Describes a table or view of the connection's database; `undefined` when there is none. */
export const describeTable = async (
  clickhouse: ClickHouse,
  table: string,
): Promise<DescribedTable | undefined> => {
  const params = { database: clickhouse.database, table };
  const [row] = await clickhouse.query<TableRow>(
    `SELECT engine, engine_full, sorting_key, partition_key, comment FROM system.tables
     WHERE database = {database: String} AND name = {table: String}`,
    params,
  );
  if (row === undefined) return undefined;
  const columns = await clickhouse.query<ColumnRow>(
    `SELECT name, type, default_kind, default_expression, compression_codec, comment
     FROM system.columns WHERE database = {database: String} AND table = {table: String}
     ORDER BY position`,
    params,
  );
  const indexes = await clickhouse.query<IndexRow>(
    `SELECT name, expr, type_full, granularity FROM system.data_skipping_indices
     WHERE database = {database: String} AND table = {table: String} AND creation = 'Explicit'`,
    params,
  );
  const ttl = /\bTTL (.+?)(?: SETTINGS |$)/.exec(row.engine_full)?.[1];
  return {
    name: table,
    columns: columns.map(describeColumn),
    engine: engineWithArguments(row),
    sortingKey: row.sorting_key,
    partitionKey: row.partition_key,
    ...(ttl === undefined ? {} : { ttl }),
    comment: row.comment,
    indexes: indexes.map((index) => ({
      name: index.name,
      column: index.expr,
      type: index.type_full,
      granularity: Number(index.granularity),
    })),
    settings: engineSettings(row.engine_full),
  };
};

const describeColumn = (row: ColumnRow): DescribedColumn => ({
  name: row.name,
  type: row.type,
  ...(row.default_kind === 'DEFAULT' ? { defaultExpression: row.default_expression } : {}),
  ...(row.compression_codec === ''
    ? {}
    : { codec: row.compression_codec.replace(/^CODEC\((.*)\)$/, '$1') }),
  ...(row.comment === '' ? {} : { comment: row.comment }),
});

const engineWithArguments = ({ engine, engine_full }: TableRow): string => {
  const inner = engine_full.startsWith(`${engine}(`)
    ? engine_full.slice(engine.length, engine_full.indexOf(')') + 1)
    : '';
  return engine + inner;
};

const engineSettings = (engineFull: string): Readonly<Record<string, string>> => {
  const list = /(?:^| )SETTINGS (.+)$/.exec(engineFull)?.[1];
  if (list === undefined) return {};
  const pairs = list.split(', ').map((pair) => pair.split(' = '));
  return Object.fromEntries(pairs.map(([name, value]) => [name ?? '', value ?? '']));
};
