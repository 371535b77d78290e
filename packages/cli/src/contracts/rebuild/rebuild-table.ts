import {
  type ClickHouse,
  describeTable,
  quoteIdentifier,
  quoteLiteral,
} from '@millrace/clickhouse';
import {
  MillraceError,
  planTables,
  rawTableDdl,
  viewStatement,
  type WarehouseContract,
  type WarehouseObjects,
  warehouseObjects,
} from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { waitForClaims } from '../live-claims.ts';
import { takeMigrationLock } from '../migrations/migration-lock.ts';
import { observeTables } from '../observe-system.ts';
import {
  bridgeView,
  type CopyPair,
  copyAll,
  copyMissing,
  lackingColumns,
} from './copy-statements.ts';

/**
 * Gives a raw table the shape of its contract where that cannot be done in place, while the sink writes and
 * analysts read: a table beside it is filled from it, the two are exchanged in one step, and what the sink
 * wrote to the old one around that moment follows. Killed at any point and run again, it goes on.
 */
export interface RebuildOptions {
  readonly contract: WarehouseContract;
  readonly clickhouse: ClickHouse;
  readonly admin: Pick<Admin, 'committedOffsets' | 'topicId'>;
  /** Group of the sink that goes on meanwhile. */
  readonly liveGroup: string;
  readonly onProgress: (line: string) => void;
}

export interface Rebuilt {
  readonly table: string;
  /** Where the old rows are until somebody drops them. */
  readonly before: string;
  readonly rows: number;
}

/** In the comment of the new table until everything is done: then it is known which of the two is which. */
const marker = 'being rebuilt since ';
/** Passes before the exchange: each copies what came during the one before. */
const catchUpPasses = 2;
/**
 * A row is stamped when its insert begins and seen when it ends; no insert of the sink takes longer
 * (MILLRACE_SINK_INSERT_TIMEOUT is 30 s, and a broken one is given up by the server soon after).
 */
const insertSecondsMax = 120;

const failed = (message: string) => new MillraceError('contracts.rebuild-failed', message);

const momentBefore = async (clickhouse: ClickHouse): Promise<string> => {
  const [row] = await clickhouse.query<{ moment: string }>(
    `SELECT toString(now64(3, 'UTC') - toIntervalSecond(${insertSecondsMax})) AS moment`,
  );
  return row?.moment ?? '';
};

const countRows = async (clickhouse: ClickHouse, table: string): Promise<number> => {
  const [row] = await clickhouse.query<{ rows: string }>(
    `SELECT count() AS rows FROM ${quoteIdentifier(table)}`,
  );
  return Number(row?.rows);
};

const setComment = (clickhouse: ClickHouse, table: string, comment: string): Promise<void> =>
  clickhouse.exec(`ALTER TABLE ${quoteIdentifier(table)} MODIFY COMMENT ${quoteLiteral(comment)}`);

/** Somebody's materialized views would stay with the old table; the platform's own are made anew. */
const expectNoForeignFeeds = async (
  clickhouse: ClickHouse,
  table: string,
  { feeds }: WarehouseObjects,
): Promise<void> => {
  const [row] = await clickhouse.query<{ views: readonly string[] }>(
    'SELECT dependencies_table AS views FROM system.tables WHERE database = {database: String} AND name = {table: String}',
    { database: clickhouse.database, table },
  );
  const own = feeds.map(({ name }) => name);
  const foreign = (row?.views ?? []).filter((view) => !own.includes(view));
  if (foreign.length === 0) return;
  throw failed(
    `${table} feeds ${foreign.join(', ')}, which would stay with the old table; drop them first and make them anew afterwards`,
  );
};

/** Columns that only the contract has come first, in place: both tables then have the same ones. */
const addColumns = async ({ contract, clickhouse }: RebuildOptions): Promise<void> => {
  const actual = await observeTables(clickhouse, [contract]);
  const added = planTables([contract], actual, clickhouse.database).filter(
    ({ name, line }) => name === contract.warehouse.table && line.startsWith('add column'),
  );
  for (const { action } of added) if (action) await clickhouse.exec(action.statement);
};

const fillBeside = async (options: RebuildOptions, pair: CopyPair): Promise<string> => {
  const { contract, clickhouse, onProgress } = options;
  const side = pair.to;
  // A run that was killed right before the exchange left views that speak of the table beside.
  for (const view of warehouseObjects(contract).views) await clickhouse.exec(viewStatement(view));
  await clickhouse.exec(`DROP TABLE IF EXISTS ${quoteIdentifier(side)} SYNC`);
  const warehouse = { ...contract.warehouse, table: side };
  await clickhouse.exec(rawTableDdl({ ...contract, description: `${marker}?`, warehouse }));
  let moment = await momentBefore(clickhouse);
  onProgress(`copying ${pair.from} to ${side}`);
  await clickhouse.exec(copyAll(pair), copySettings);
  for (let pass = 0; pass < catchUpPasses; pass += 1) {
    const next = await momentBefore(clickhouse);
    await clickhouse.exec(copyMissing(pair, moment), copySettings);
    moment = next;
  }
  await setComment(clickhouse, side, `${marker}${moment}`);
  return moment;
};

const copySettings = { insert_deduplicate: 0, max_partitions_per_insert_block: 0 } as const;

/** The platform's own feeds follow the table's name; what they missed is brought by copying once more. */
const renewFeeds = async (clickhouse: ClickHouse, { feeds }: WarehouseObjects): Promise<void> => {
  for (const { name, target, select, fill } of feeds) {
    await clickhouse.exec(`DROP VIEW IF EXISTS ${quoteIdentifier(name)} SYNC`);
    await clickhouse.exec(
      `CREATE MATERIALIZED VIEW ${quoteIdentifier(name)} TO ${quoteIdentifier(target)} AS ${select}`,
    );
    await clickhouse.exec(fill?.statement ?? `INSERT INTO ${quoteIdentifier(target)} ${select}`);
  }
};

/** After the exchange: what the old table has and the new one lacks, once nothing more can come to the old one. */
const finish = async (
  options: RebuildOptions,
  pair: CopyPair,
  objects: WarehouseObjects,
  moment: string,
): Promise<Rebuilt> => {
  const { contract, clickhouse, admin, liveGroup } = options;
  const { to: table, from: side } = pair;
  if ((await describeTable(clickhouse, side)) !== undefined) {
    await renewFeeds(clickhouse, objects);
    const open = await waitForClaims(admin, liveGroup, contract.topic.name);
    if (open !== undefined) throw failed(`${open}; start the sink and run the rebuild again`);
    await clickhouse.exec(copyMissing(pair, moment), copySettings);
    const [now, then] = [await countRows(clickhouse, table), await countRows(clickhouse, side)];
    if (contract.warehouse.role === 'fact' && now < then) {
      throw failed(
        `${table} has ${now} rows and ${side}, the old one, ${then}; nothing was dropped`,
      );
    }
    for (const view of objects.views) await clickhouse.exec(viewStatement(view));
  }
  const before = `${table}_before_${moment.replaceAll(/\D/g, '')}`;
  await clickhouse.exec(
    `RENAME TABLE IF EXISTS ${quoteIdentifier(side)} TO ${quoteIdentifier(before)}`,
  );
  await setComment(clickhouse, table, contract.description);
  return { table, before, rows: await countRows(clickhouse, table) };
};

/**
 * Rejects with `contracts.rebuild-failed` (nothing is lost; run it again) and with
 * `contracts.migrations-locked` while another run changes tables.
 */
export const rebuildTable = async (options: RebuildOptions): Promise<Rebuilt> => {
  const { contract, clickhouse, onProgress } = options;
  const { table } = contract.warehouse;
  const side = `${table}_rebuild`;
  const objects = warehouseObjects(contract);
  const { columns } = objects.tables.find(({ name }) => name === table)!;
  const lock = await takeMigrationLock(clickhouse);
  try {
    const old = await describeTable(clickhouse, table);
    if (old === undefined)
      throw failed(`there is no ${table}; \`millrace contracts apply\` makes it`);
    const back: CopyPair = { from: side, to: table, columns };
    if (old.comment.startsWith(marker)) {
      return await finish(options, back, objects, old.comment.slice(marker.length));
    }
    await expectNoForeignFeeds(clickhouse, table, objects);
    await addColumns(options);
    const grown = await describeTable(clickhouse, table);
    const lacking = lackingColumns(columns, grown ?? old);
    if (lacking.length > 0) throw failed(`${table} lacks ${lacking.join(', ')}`);
    const moment = await fillBeside(options, { from: table, to: side, columns });
    if (contract.warehouse.role === 'fact') {
      for (const view of objects.views) await clickhouse.exec(bridgeView(view, back, moment));
    }
    await lock.check();
    onProgress('exchanging the tables');
    await clickhouse.exec(`EXCHANGE TABLES ${quoteIdentifier(table)} AND ${quoteIdentifier(side)}`);
    return await finish(options, back, objects, moment);
  } finally {
    await lock.release();
  }
};
