/**
 * What a statement would read, before it does: rows and parts by ClickHouse's own look into its indexes (`EXPLAIN ESTIMATE`), bytes by
 * the columns that its plan reads and their mean size. Whether it may be asked is judge-statement.ts.
 */
import type { ClickHouse, ClickHouseSettingValues } from '@millrace/clickhouse';
import type { SqlEstimate, SqlTableEstimate } from '@millrace/operations';
import { columnsRead } from './read-plan.ts';
import { type ColumnSize, shareRead } from './share-read.ts';

export interface EstimateOptions {
  /** Who would run it. */
  readonly reader: ClickHouse;
  readonly settings: ClickHouseSettingValues;
  readonly queryId: string;
  readonly signal: AbortSignal;
}

const linesMax = 1_000;
const bytesMax = 8 * 1024 * 1024;

/** Rejects as `ClickHouse.select` and `query` do. */
export const estimateStatement = async (
  clickhouse: ClickHouse,
  statement: string,
  options: EstimateOptions,
): Promise<Omit<SqlEstimate, 'refused' | 'limits'>> => {
  const { reader, settings, queryId, signal } = options;
  const explain = (kind: string, suffix: string, more: ClickHouseSettingValues = {}) =>
    reader.select({
      ...{ statement: `EXPLAIN ${kind} ${statement}`, queryId: `${queryId}${suffix}` },
      ...{ rowsMax: linesMax, bytesMax, signal, settings: { ...settings, ...more } },
    });
  const estimated = await explain('ESTIMATE', '');
  const index = (name: string) => estimated.columns.findIndex((column) => column.name === name);
  const [database, table, parts, rows] = ['database', 'table', 'parts', 'rows'].map(index);
  const found = estimated.rows.map((row) => ({
    ...{ database: String(row[database!]), table: String(row[table!]) },
    ...{ parts: Number(row[parts!]), rows: Number(row[rows!]) },
  }));
  if (found.length === 0) return { tables: [], rows: 0, parts: 0, bytes: 0 };
  // columns that are moved there are in no header; who may set nothing gets the plan as it is
  const asWritten = settings['readonly'] === undefined ? {} : { optimize_move_to_prewhere: 0 };
  const plan = await explain('PLAN json = 1, header = 1', '-plan', asWritten);
  const read = columnsRead(plan.rows.map(([line]) => String(line)).join('\n'));
  const means = await rowBytes(clickhouse, found, read);
  const tables = found.map((one): SqlTableEstimate => {
    const name = one.database === clickhouse.database ? one.table : `${one.database}.${one.table}`;
    const mean = means.get(`${one.database}.${one.table}`);
    const bytes = mean === undefined ? null : Math.round(mean * one.rows);
    return { table: name, rows: one.rows, parts: one.parts, bytes };
  });
  const sum = (of: (one: SqlTableEstimate) => number) =>
    tables.reduce((total, one) => total + of(one), 0);
  return {
    tables,
    rows: sum((one) => one.rows),
    parts: sum((one) => one.parts),
    bytes: tables.some(({ bytes }) => bytes === null) ? null : sum((one) => one.bytes ?? 0),
  };
};

/** Bytes of a row by `database.table`: of the columns that are read where the parts tell sizes by column, else of all. */
const rowBytes = async (
  clickhouse: ClickHouse,
  tables: readonly { readonly database: string; readonly table: string }[],
  read: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<ReadonlyMap<string, number>> => {
  const names = { names: tables.map(({ database, table }) => `${database}.${table}`) };
  const within = `concat(database, '.', table) IN {names: Array(String)}`;
  const [columns, totals] = await Promise.all([
    clickhouse.query<ColumnSize & { place: string }>(
      `SELECT concat(database, '.', table) AS place, name AS column, toString(data_uncompressed_bytes) AS size
       FROM system.columns WHERE ${within}`,
      names,
    ),
    clickhouse.query<{ place: string; total: string; size: string }>(
      `SELECT concat(database, '.', table) AS place, toString(sum(rows)) AS total, toString(sum(data_uncompressed_bytes)) AS size
       FROM system.parts WHERE active AND ${within} GROUP BY ALL`,
      names,
    ),
  ]);
  return new Map(
    totals.flatMap(({ place, total, size }) => {
      if (Number(total) === 0) return [];
      const own = columns.filter((one) => one.place === place);
      return [[place, (Number(size) / Number(total)) * shareRead(own, read.get(place))] as const];
    }),
  );
};
