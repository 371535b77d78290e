/** The tables of the database as ClickHouse knows them: one look at parts, one at tables, one at limits. */
import { type ClickHouse, quoteIdentifier, quoteLiteral } from '@millrace/clickhouse';

export interface TableFigures {
  readonly table: string;
  readonly engine: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  /** Of the partition that has most. */
  readonly partsMax: number;
  /** It keeps when each row landed. */
  readonly hasIngested: boolean;
  readonly partitions: readonly PartitionFigures[];
}

export interface PartitionFigures {
  readonly id: string;
  /** Number of the newest insert in it; it grows with each, and merges leave it. */
  readonly block: number;
  /** The part that holds that insert. */
  readonly part: string;
}

export interface PartLimits {
  readonly delayAt: number | null;
  readonly refuseAt: number | null;
}

interface Row {
  readonly name: string;
  readonly engine: string;
  readonly hasIngested: number;
  readonly rows: string;
  readonly bytes: string;
  readonly parts: string;
  readonly partsMax: string;
  readonly partitions: readonly (readonly [string, string, string])[];
}

/** Views and dictionaries hold nothing of their own. */
const statement = `
  SELECT name, engine, hasIngested, rows, bytes, parts, partsMax, partitions
  FROM (
    SELECT name, engine,
           name IN (SELECT table FROM system.columns
                    WHERE database = currentDatabase() AND name = '_ingested_at') AS hasIngested
    FROM system.tables
    WHERE database = currentDatabase() AND engine NOT IN ('View', 'MaterializedView', 'Dictionary', 'Null') AND NOT is_temporary
  ) AS t
  LEFT JOIN (
    SELECT table, sum(r) AS rows, sum(b) AS bytes, sum(n) AS parts, max(n) AS partsMax,
           arraySlice(arrayReverseSort(p -> tupleElement(p, 4),
             groupArray((partition_id, toString(block), part, changed))), 1, {partitionsMax: UInt32}) AS newest,
           arrayMap(p -> (tupleElement(p, 1), tupleElement(p, 2), tupleElement(p, 3)), newest) AS partitions
    FROM (
      SELECT table, partition_id, count() AS n, sum(rows) AS r, sum(bytes_on_disk) AS b,
             max(max_block_number) AS block, argMax(name, max_block_number) AS part, max(modification_time) AS changed
      FROM system.parts WHERE database = currentDatabase() AND active GROUP BY table, partition_id
    ) GROUP BY table
  ) AS p ON p.table = t.name
  ORDER BY name`;

/** Partitions that are looked into for new rows: those that changed last. */
const partitionsMax = 8;

/** Rejects as ClickHouse's client does. */
export const readTables = async (
  clickhouse: Pick<ClickHouse, 'query'>,
): Promise<readonly TableFigures[]> => {
  const rows = await clickhouse.query<Row>(statement, { partitionsMax });
  return rows.map(({ name, engine, hasIngested, partitions, ...figures }) => ({
    ...{ table: name, engine, hasIngested: hasIngested === 1 },
    ...{ rows: Number(figures.rows), bytes: Number(figures.bytes) },
    ...{ parts: Number(figures.parts), partsMax: Number(figures.partsMax) },
    partitions: partitions.map(([id, block, part]) => ({ id, block: Number(block), part })),
  }));
};

/** From how many parts of a partition on inserts are slowed down and refused, by the server's defaults. */
export const readPartLimits = async (
  clickhouse: Pick<ClickHouse, 'query'>,
): Promise<PartLimits> => {
  const rows = await clickhouse.query<{ name: string; value: string }>(
    `SELECT name, value FROM system.merge_tree_settings
     WHERE name IN ('parts_to_delay_insert', 'parts_to_throw_insert')`,
  );
  const of = (name: string): number | null => {
    const value = Number(rows.find((row) => row.name === name)?.value ?? 0);
    return value > 0 ? value : null;
  };
  return { delayAt: of('parts_to_delay_insert'), refuseAt: of('parts_to_throw_insert') };
};

/** The newest `_ingested_at` in these parts, ms since 1970, by table; a part that was merged away meanwhile has none. */
export const newestIn = async (
  clickhouse: Pick<ClickHouse, 'query'>,
  partsByTable: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, number>> => {
  if (partsByTable.size === 0) return new Map();
  const selects = [...partsByTable].map(
    ([table, parts]) =>
      `SELECT ${quoteLiteral(table)} AS name, toUnixTimestamp64Milli(toDateTime64(max(_ingested_at), 3)) AS ms, count() AS n
       FROM ${quoteIdentifier(table)} WHERE _part IN (${parts.map(quoteLiteral).join(', ')})`,
  );
  const rows = await clickhouse.query<{ name: string; ms: string; n: string }>(
    selects.join(' UNION ALL '),
  );
  return new Map(rows.flatMap(({ name, ms, n }) => (n === '0' ? [] : [[name, Number(ms)]])));
};
