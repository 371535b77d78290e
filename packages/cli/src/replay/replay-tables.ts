/** What a replay does to tables besides landing rows: clears a range, makes, exchanges and drops a side table. */
import { type ClickHouse, quoteIdentifier, quoteLiteral } from '@millrace/clickhouse';
import { MillraceError, rawTableDdl, type WarehouseContract } from '@millrace/contracts';
import type { Replay, ReplayRange } from './replay-store.ts';

/** The server's clock, which is also what `_ingested_at` is made of. */
export async function serverNow(clickhouse: ClickHouse): Promise<string> {
  const [row] = await clickhouse.query<{ now: string }>("SELECT toString(now64(3, 'UTC')) AS now");
  return row!.now;
}

const within = (ranges: readonly ReplayRange[]): string =>
  ranges
    .map(
      ({ partition, from, end }) =>
        `(_partition = ${partition} AND _offset >= ${from} AND _offset < ${end})`,
    )
    .join(' OR ');

/** The rows of the replay's ranges that were there when it was planned. */
const replacedRows = ({ topic, ranges, plannedAt, incarnations }: Replay): string =>
  `_incarnation IN (${incarnations.join(', ')}) AND _topic = ${quoteLiteral(topic)} AND _ingested_at <= toDateTime64(${quoteLiteral(plannedAt)}, 3, 'UTC') AND (${within(ranges)})`;

/** Rows that `clearRanges` would remove. */
export async function countReplaced(clickhouse: ClickHouse, replay: Replay): Promise<number> {
  const [row] = await clickhouse.query<{ rows: string }>(
    `SELECT count() AS rows FROM ${quoteIdentifier(replay.table)} WHERE ${replacedRows(replay)}`,
  );
  return Number(row?.rows);
}

/**
 * Removes them. Said again, or late by a command that was thought dead, it takes nothing that the replay
 * has landed since: those rows are younger than its plan.
 */
export const clearRanges = (clickhouse: ClickHouse, replay: Replay): Promise<void> =>
  clickhouse.exec(`DELETE FROM ${quoteIdentifier(replay.table)} WHERE ${replacedRows(replay)}`, {
    lightweight_deletes_sync: 2,
    mutations_sync: 2,
  });

/** Makes the side table in the contract's shape, or finds it; its id tells whether it was exchanged. */
export async function makeSideTable(
  clickhouse: ClickHouse,
  contract: WarehouseContract,
  table: string,
): Promise<string> {
  const warehouse = { ...contract.warehouse, table };
  await clickhouse.exec(rawTableDdl({ ...contract, warehouse }));
  return (await tableId(clickhouse, table)) ?? '';
}

async function tableId(clickhouse: ClickHouse, table: string): Promise<string | undefined> {
  const [row] = await clickhouse.query<{ uuid: string }>(
    'SELECT toString(uuid) AS uuid FROM system.tables WHERE database = {database: String} AND name = {table: String}',
    { database: clickhouse.database, table },
  );
  return row?.uuid;
}

/** Puts the side table in the table's place, in one step; when that has happened already, it does nothing. */
export async function exchangeTables(clickhouse: ClickHouse, replay: Replay): Promise<void> {
  const side = replay.side!;
  if ((await tableId(clickhouse, replay.table)) === side.uuid) return;
  await clickhouse.exec(
    `EXCHANGE TABLES ${quoteIdentifier(replay.table)} AND ${quoteIdentifier(side.table)}`,
  );
}

/** Drops what has the side table's name now: the unfinished side table, or the old one after the exchange. */
export const dropSideTable = (clickhouse: ClickHouse, table: string): Promise<void> =>
  clickhouse.exec(`DROP TABLE IF EXISTS ${quoteIdentifier(table)} SYNC`);

/** Materialized views that feed on a table: each row that is inserted is counted there, and a delete is not. */
export async function viewsFedBy(
  clickhouse: ClickHouse,
  table: string,
): Promise<readonly string[]> {
  const [row] = await clickhouse.query<{ views: readonly string[] }>(
    'SELECT dependencies_table AS views FROM system.tables WHERE database = {database: String} AND name = {table: String}',
    { database: clickhouse.database, table },
  );
  return row?.views ?? [];
}

/**
 * Throws `replay.refused` where an exchange would lose something: materialized views that feed on the table
 * stay with the old one, and rows outside the replayed offsets are not in the new one.
 */
export async function expectExchangeable(
  clickhouse: ClickHouse,
  replay: Replay,
  isFact: boolean,
): Promise<void> {
  const views = await viewsFedBy(clickhouse, replay.table);
  if (views.length > 0) {
    throw new MillraceError(
      'replay.refused',
      `${replay.table} feeds ${views.join(', ')}, which would stay with the old table; drop them first and make them anew afterwards`,
    );
  }
  if (!isFact) return;
  const before = replay.ranges
    .map(({ partition, from }) => `(_partition = ${partition} AND _offset >= ${from})`)
    .join(' OR ');
  const [row] = await clickhouse.query<{ rows: string }>(
    `SELECT count() AS rows FROM ${quoteIdentifier(replay.table)}
     WHERE NOT (_topic = {topic: String} AND _incarnation IN {incarnations: Array(Int64)} AND (${before || '0'}))`,
    { topic: replay.topic, incarnations: replay.incarnations },
  );
  if (Number(row?.rows) > 0) {
    throw new MillraceError(
      'replay.refused',
      `${row?.rows} rows of ${replay.table} are not among the replayed offsets and would be lost; keep the side table beside it instead`,
    );
  }
}
