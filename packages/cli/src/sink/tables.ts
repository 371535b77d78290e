/** The raw tables as ClickHouse has them, for a look: how large, in how many parts, and when last written. */
import type { ClickHouse } from '@millrace/clickhouse';

export interface TableStatus {
  readonly table: string;
  readonly exists: boolean;
  readonly rows: number;
  readonly parts: number;
  /** Age of the newest part, s: of the last insert, or of a merge since; absent for an empty table. */
  readonly writtenSecondsAgo?: number;
}

/** In the order asked for. Rejects with the client's error when ClickHouse does not answer. */
export const readTableStatus = async (
  clickhouse: ClickHouse,
  tables: readonly string[],
): Promise<readonly TableStatus[]> => {
  const params = { database: clickhouse.database, tables };
  const here = 'database = {database: String} AND %s IN {tables: Array(String)}';
  const [known, parts] = await Promise.all([
    clickhouse.query<{ name: string }>(
      `SELECT name FROM system.tables WHERE ${here.replace('%s', 'name')}`,
      params,
    ),
    clickhouse.query<{ name: string; rows: string; parts: string; age: string }>(
      `SELECT table AS name, sum(rows) AS rows, count() AS parts, dateDiff('second', max(modification_time), now()) AS age
       FROM system.parts WHERE ${here.replace('%s', 'table')} AND active GROUP BY table`,
      params,
    ),
  ]);
  return tables.map((table) => {
    const found = parts.find(({ name }) => name === table);
    return {
      table,
      exists: known.some(({ name }) => name === table),
      rows: Number(found?.rows ?? 0),
      parts: Number(found?.parts ?? 0),
      ...(found === undefined ? {} : { writtenSecondsAgo: Number(found.age) }),
    };
  });
};
