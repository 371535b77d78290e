/**
 * ClickHouse in a backup: its own BACKUP, to the place that `MILLRACE_BACKUP_CLICKHOUSE` says, since only the
 * server reads its parts at disk speed and knows which hang together. The manifest names the backup and counts its rows.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import type { Manifest, SavedTable } from './manifest.ts';

type Warehouse = NonNullable<Manifest['warehouse']>;

/** `Disk('backups', '{name}')`, `S3(a_named_collection, '{name}')`, `File('{name}')`: names of places, no credentials. */
export function destination(template: string, name: string): string {
  const shape = /^(File|Disk|S3|AzureBlobStorage)\(.*\{name\}.*\)$/s;
  if (!shape.test(template)) {
    throw new MillraceError(
      'config.invalid',
      "MILLRACE_BACKUP_CLICKHOUSE is a place in ClickHouse's words with {name} in it, like Disk('backups', '{name}')",
    );
  }
  return template.replaceAll('{name}', placeName(name));
}

/** A backup's name in the words of ClickHouse. */
export const placeName = (name: string): string => name.replaceAll(/[^\w.-]/g, '_');

interface TableRow {
  readonly name: string;
  readonly engine: string;
  readonly rows: string | null;
}

/** Tables that hold rows of their own; views, dictionaries and targets of views come with the backup, too. */
export const listTables = (clickhouse: ClickHouse, database: string): Promise<TableRow[]> =>
  clickhouse.query<TableRow>(
    `SELECT name, engine, total_rows AS rows FROM system.tables
     WHERE database = {database: String} AND engine LIKE '%MergeTree' ORDER BY name`,
    { database },
  );

export interface SaveWarehouseOptions {
  readonly clickhouse: ClickHouse;
  readonly database: string;
  readonly template: string;
  readonly name: string;
  /** Name of the backup that this one adds to. */
  readonly base?: string;
}

/** Rejects with `clickhouse.rejected` when the server may not write there. */
export async function saveWarehouse({
  clickhouse,
  database,
  template,
  name,
  base,
}: SaveWarehouseOptions): Promise<Warehouse> {
  const before = await listTables(clickhouse, database);
  const setting =
    base === undefined ? '' : ` SETTINGS base_backup = ${destination(template, base)}`;
  await clickhouse.exec(
    `BACKUP DATABASE ${quoteIdentifier(database)} TO ${destination(template, name)}${setting}`,
  );
  const after = new Map((await listTables(clickhouse, database)).map((one) => [one.name, one]));
  const [server] = await clickhouse.query<{ version: string }>('SELECT version() AS version');
  const tables = before.map(
    ({ name: table, engine, rows }): SavedTable => ({
      ...{ name: table, engine, rowsBefore: Number(rows ?? 0) },
      rowsAfter: Number(after.get(table)?.rows ?? rows ?? 0),
    }),
  );
  const about = { name, database, serverVersion: server!.version, tables };
  return base === undefined ? about : { ...about, base };
}

const DRILL = 'millrace_drill_';

/** What drills left that were cut off a day ago and more: none takes so long. */
async function dropOldDrills(clickhouse: ClickHouse): Promise<void> {
  const found = await clickhouse.query<{ name: string }>(
    'SELECT name FROM system.databases WHERE startsWith(name, {drill: String})',
    { drill: DRILL },
  );
  for (const { name } of found)
    if (Number(name.slice(DRILL.length)) < Date.now() - 24 * 3_600_000)
      await clickhouse.exec(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} SYNC`);
}

/** Restores every table with rows into a database of its own, counts them there, and drops it. Answers with the rows. */
export async function tryWarehouse(
  clickhouse: ClickHouse,
  template: string,
  warehouse: Warehouse,
): Promise<number> {
  await dropOldDrills(clickhouse);
  const scratch = `${DRILL}${Date.now()}`;
  const from = quoteIdentifier(warehouse.database);
  await clickhouse.exec(`CREATE DATABASE ${quoteIdentifier(scratch)}`);
  try {
    const wanted = warehouse.tables.map(({ name }) => {
      const table = quoteIdentifier(name);
      return `TABLE ${from}.${table} AS ${quoteIdentifier(scratch)}.${table}`;
    });
    if (wanted.length > 0) {
      await clickhouse.exec(
        `RESTORE ${wanted.join(', ')} FROM ${destination(template, warehouse.name)}`,
      );
    }
    return await checkWarehouse(clickhouse, warehouse, scratch);
  } finally {
    await clickhouse.exec(`DROP DATABASE ${quoteIdentifier(scratch)} SYNC`);
  }
}

/** Rejects with `restore.differs` for a table whose rows are fewer or more than the backup can hold. Answers with the rows. */
export async function checkWarehouse(
  clickhouse: ClickHouse,
  { tables }: Warehouse,
  database: string,
): Promise<number> {
  const there = new Map(
    (await listTables(clickhouse, database)).map(({ name, rows }) => [name, Number(rows ?? 0)]),
  );
  for (const { name, rowsBefore, rowsAfter } of tables) {
    const found = there.get(name);
    const [least, most] = [Math.min(rowsBefore, rowsAfter), Math.max(rowsBefore, rowsAfter)];
    if (found !== undefined && found >= least && found <= most) continue;
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    throw new MillraceError(
      'restore.differs',
      `${name} holds ${found === undefined ? 'nothing: it is missing' : `${found} rows`}, and the backup ${wanted}`,
    );
  }
  return [...there.values()].reduce((sum, rows) => sum + rows, 0);
}
