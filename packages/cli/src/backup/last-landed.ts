/** How far each fact got before Kafka was lost: what was acknowledged after that may be in no place any more. Reads only. */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { type Contract, hasWarehouse } from '@millrace/contracts';

export interface LastLanded {
  readonly contract: string;
  readonly rows: number;
  /** Time of the newest Kafka record that landed, ms since 1970; undefined where nothing has. */
  readonly newestMs: number | undefined;
}

/** Of facts whose tables are there. Rejects with `clickhouse.*`. */
export async function lastLanded(
  clickhouse: ClickHouse,
  database: string,
  contracts: readonly Contract[],
): Promise<readonly LastLanded[]> {
  const tables = new Set(
    (
      await clickhouse.query<{ name: string }>(
        'SELECT name FROM system.tables WHERE database = {database: String}',
        { database },
      )
    ).map(({ name }) => name),
  );
  const found: LastLanded[] = [];
  for (const { id, warehouse } of contracts.filter(hasWarehouse)) {
    if (warehouse.role !== 'fact' || !tables.has(warehouse.table)) continue;
    const [row] = await clickhouse.query<{ rows: string; newest: string | null }>(
      `SELECT count() AS rows, toUnixTimestamp64Milli(maxOrNull(_produced_at)) AS newest FROM ${quoteIdentifier(database)}.${quoteIdentifier(warehouse.table)}`,
    );
    const newest = row?.newest ?? null;
    found.push({
      ...{ contract: id, rows: Number(row?.rows ?? 0) },
      newestMs: newest === null ? undefined : Number(newest),
    });
  }
  return found;
}
