/**
 * Tables out of a backup by ClickHouse's own RESTORE, which works on after the command that gave it was killed, and is lost with
 * its server. So a table without rows stands in the database while one is under way, with the backup's name in its comment:
 * what is there then is the restore's own work, is waited for, and begun again where it is not whole.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Manifest } from './manifest.ts';
import { checkWarehouse, destination, listTables, placeName } from './warehouse-part.ts';

type Warehouse = NonNullable<Manifest['warehouse']>;

const MARK = 'millrace_restore_unfinished';

export interface TargetTables {
  /** Tables of the backup that hold rows. */
  readonly full: readonly string[];
  /** A restore of this backup was cut off here. */
  readonly isBegun: boolean;
}

export interface WarehouseTarget {
  readonly clickhouse: ClickHouse;
  readonly database: string;
  /** Where backups are, in ClickHouse's words. */
  readonly place: string;
  readonly warehouse: Warehouse;
}

/** Rejects with `restore.not-empty` where a restore was cut off and its tables have gone on since. */
export async function findTargetTables(target: WarehouseTarget): Promise<TargetTables> {
  const { clickhouse, database, warehouse } = target;
  const there = new Map(
    (await listTables(clickhouse, database)).map(({ name, rows }) => [name, Number(rows ?? 0)]),
  );
  const isBegun = (await markOf(target)) === placeName(warehouse.name);
  for (const { name, rowsBefore, rowsAfter } of isBegun ? warehouse.tables : []) {
    const [rows = 0, most] = [there.get(name), Math.max(rowsBefore, rowsAfter)];
    if (rows <= most) continue;
    throw new MillraceError(
      'restore.not-empty',
      `a restore of this backup was cut off here, and its tables have gone on since: ${name} holds ${rows} rows, more than the backup (${most}). Empty ${database}, or drop ${MARK} to keep what is there`,
    );
  }
  const names = warehouse.tables.map(({ name }) => name);
  return { full: names.filter((name) => (there.get(name) ?? 0) > 0), isBegun };
}

/**
 * Everything, views and dictionaries too, into the database, which is made where it is missing. Answers with the rows.
 * Rejects with `restore.differs` when they are not the backup's.
 */
export async function restoreWarehouse(
  target: WarehouseTarget,
  { isBegun }: TargetTables,
  said: (line: string) => void,
): Promise<number> {
  const { clickhouse, database, warehouse } = target;
  if (isBegun && (await isWhole(target, said))) {
    await dropMark(target);
    return checkWarehouse(clickhouse, warehouse, database);
  }
  if (isBegun) await emptyTables(target);
  else await makeMark(target);
  await runRestore(target, '');
  await dropMark(target);
  return checkWarehouse(clickhouse, warehouse, database);
}

const runRestore = ({ clickhouse, database, place, warehouse }: WarehouseTarget, more: string) => {
  const into = database === warehouse.database ? '' : ` AS ${quoteIdentifier(database)}`;
  return clickhouse.exec(
    `RESTORE DATABASE ${quoteIdentifier(warehouse.database)}${into} FROM ${destination(place, warehouse.name)}
     SETTINGS create_database = 'if-not-exists'${more}`,
  );
};

/** Empty when there is none. */
async function markOf({ clickhouse, database }: WarehouseTarget): Promise<string> {
  const [row] = await clickhouse.query<{ comment: string }>(
    'SELECT comment FROM system.tables WHERE database = {database: String} AND name = {mark: String}',
    { database, mark: MARK },
  );
  return row?.comment ?? '';
}

/** A database that is missing is made as it was, with its tables, without their rows: it may be of a kind of its own. */
async function makeMark(target: WarehouseTarget): Promise<void> {
  const { clickhouse, database, warehouse } = target;
  const [found] = await clickhouse.query<{ name: string }>(
    'SELECT name FROM system.databases WHERE name = {database: String}',
    { database },
  );
  if (found === undefined) await runRestore(target, ', structure_only = 1');
  await dropMark(target);
  await clickhouse.exec(
    `CREATE TABLE ${markTable(target)} (backup String) ENGINE = Null COMMENT '${placeName(warehouse.name)}'`,
  );
}

const markTable = ({ database }: WarehouseTarget): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(MARK)}`;

const dropMark = (target: WarehouseTarget) =>
  target.clickhouse.exec(`DROP TABLE IF EXISTS ${markTable(target)} SYNC`);

const BETWEEN_LOOKS_MS = 1_000;

/** After the server has ended what it still does. Tables that were written to during the backup are never sure to be whole. */
async function isWhole(
  { clickhouse, database, warehouse }: WarehouseTarget,
  said: (line: string) => void,
): Promise<boolean> {
  for (let looks = 0; await isUnderWay(clickhouse, warehouse); looks += 1) {
    if (looks === 0)
      said('warehouse: ClickHouse still carries out the restore that was cut off; waiting');
    await systemClock.sleep(BETWEEN_LOOKS_MS);
  }
  const there = new Map(
    (await listTables(clickhouse, database)).map(({ name, rows }) => [name, Number(rows ?? 0)]),
  );
  return warehouse.tables.every(
    ({ name, rowsBefore, rowsAfter }) => rowsBefore === rowsAfter && there.get(name) === rowsAfter,
  );
}

async function isUnderWay(clickhouse: ClickHouse, { name }: Warehouse): Promise<boolean> {
  const [row] = await clickhouse.query<{ running: string }>(
    `SELECT count() AS running FROM system.backups WHERE status = 'RESTORING' AND position(name, {name: String}) > 0`,
    { name: placeName(name) },
  );
  return Number(row?.running) > 0;
}

async function emptyTables({ clickhouse, database, warehouse }: WarehouseTarget): Promise<void> {
  for (const { name } of warehouse.tables)
    await clickhouse.exec(
      `TRUNCATE TABLE IF EXISTS ${quoteIdentifier(database)}.${quoteIdentifier(name)} SYNC SETTINGS max_table_size_to_drop = 0`,
    );
}
