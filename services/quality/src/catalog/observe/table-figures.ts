/** Rows, bytes and settings of all raw tables: two questions to the server's own tables, whatever there are of them. */
import type { ClickHouse } from '@millrace/clickhouse';

export interface TableFigures {
  readonly rows: number;
  readonly bytes: number;
  readonly settings: Readonly<Record<string, string>>;
}

interface TableRow {
  readonly name: string;
  readonly engine: string;
  readonly partition_key: string;
  readonly sorting_key: string;
  readonly total_rows: string | null;
  readonly total_bytes: string | null;
  readonly engine_full: string;
}

const settingsOf = (row: TableRow): Readonly<Record<string, string>> => {
  const [, ttl] = / TTL (.+?)(?= SETTINGS |$)/.exec(row.engine_full) ?? [];
  const [, settings = ''] = / SETTINGS (.+)$/.exec(row.engine_full) ?? [];
  const named = settings.split(', ').map((one) => one.split(' = '));
  return {
    engine: row.engine,
    order_by: row.sorting_key,
    ...(row.partition_key !== '' && { partition_by: row.partition_key }),
    ...(ttl !== undefined && { ttl }),
    ...Object.fromEntries(named.flatMap(([name, value]) => (name && value ? [[name, value]] : []))),
  };
};

/** By table of the connection's database; tables that are not there are absent. Rejects with `clickhouse.…`. */
export const readTableFigures = async (
  clickhouse: ClickHouse,
): Promise<ReadonlyMap<string, TableFigures>> => {
  const rows = await clickhouse.query<TableRow>(
    `SELECT name, engine, partition_key, sorting_key, total_rows, total_bytes, engine_full
       FROM system.tables WHERE database = currentDatabase() AND endsWith(name, '_raw')`,
  );
  return new Map(
    rows.map((row) => [
      row.name,
      {
        rows: Number(row.total_rows ?? 0),
        bytes: Number(row.total_bytes ?? 0),
        settings: settingsOf(row),
      },
    ]),
  );
};
