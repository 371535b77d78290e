/**
 * Tables that come while the service runs, or came while it did not: they join the publication, and when every
 * transaction that ran at that moment has ended, their rows are read beside the stream. Without the wait a row
 * would be lost that such a transaction had written before: the publication does not have it, and no other session
 * sees it yet.
 */
import type { Clock, Logger } from '@millrace/pipeline';
import type { CatalogTable, TableName } from '../source/catalog.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { isLockedOut } from '../source/source-error.ts';
import type { TableTask } from './incremental-snapshot.ts';

const POLL_MS = 100;

const fullName = ({ schema, table }: TableName): string => `${schema}.${table}`;

/** With its oid: a table that was dropped and made anew is another. */
const identityOf = (table: CatalogTable): string => `${fullName(table)} ${table.oid}`;

export const encodeTables = (tables: readonly CatalogTable[]): Buffer =>
  Buffer.from(JSON.stringify(tables.map(identityOf)));

/** Tables that the fact does not name; none when there is no fact, since then all of them were captured. */
export const tablesSince = (
  fact: Buffer | undefined,
  tables: readonly CatalogTable[],
): readonly CatalogTable[] => {
  if (fact === undefined) return [];
  const known = new Set<string>(JSON.parse(fact.toString('utf8')) as string[]);
  return tables.filter((table) => !known.has(identityOf(table)));
};

/** Whether the fact names exactly these tables: one that is not captured any more is to be read whole when it comes back. */
export const isFactOf = (fact: Buffer | undefined, tables: readonly CatalogTable[]): boolean =>
  fact !== undefined &&
  new Set(JSON.parse(fact.toString('utf8')) as string[]).size === tables.length &&
  tablesSince(fact, tables).length === 0;

export const taskOf = ({ schema, table }: TableName): TableTask => ({ schema, table, rows: 0 });

export interface WatchOptions {
  readonly control: SourceConnection;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Tables that match the settings now. */
  findTables(): Promise<readonly CatalogTable[]>;
  isCaptured(table: CatalogTable): boolean;
  /** Captures no others than these any more. */
  retain(found: readonly CatalogTable[]): void;
  /** A captured one that has got, or lost, what tells its rows apart. */
  hasMoved(table: CatalogTable): boolean;
  /** Publishes all of them and captures what the stream brings of them from now on. */
  capture(all: readonly CatalogTable[]): Promise<void>;
  /** Every transaction that was running when they were captured has ended. */
  joined(added: readonly CatalogTable[]): void;
}

/** Resolves when every transaction that runs now has ended. */
export const runningTransactionsEnded = async (
  control: SourceConnection,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> => {
  const [now] = await control.query<{ xmax: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as xmax',
  );
  for (;;) {
    const [row] = await control.query<{ ended: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 as ended',
      [now?.xmax],
    );
    if (row?.ended === true) return;
    await clock.sleep(POLL_MS, signal);
  }
};

const tellMoved = (moved: readonly CatalogTable[], logger: Logger): void => {
  const blind = moved.filter(({ hasIdentity }) => !hasIdentity).map(fullName);
  const whole = moved.filter(({ hasIdentity }) => hasIdentity).map(fullName);
  if (blind.length > 0) {
    logger.warn({ tables: blind }, 'without a replica identity by now: only inserts are captured');
  }
  if (whole.length > 0) {
    logger.info({ tables: whole }, 'with a replica identity by now: updates and deletes, too');
  }
};

/** False: a table that is vacuumed or altered kept the others out. */
const captureUnlessLocked = (
  options: WatchOptions,
  tables: readonly CatalogTable[],
): Promise<boolean> =>
  options.capture(tables).then(
    () => true,
    (error: unknown) => {
      if (!isLockedOut(error)) throw error;
      return false;
    },
  );

/** Polls the catalog until `signal` aborts; rejects when the source does. */
export const watchTables = async (options: WatchOptions): Promise<void> => {
  const { clock, control, logger, signal } = options;
  while (!signal.aborted) {
    await clock.sleep(options.intervalMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const tables = await options.findTables();
    options.retain(tables);
    const added = tables.filter((table) => !options.isCaptured(table));
    const moved = tables.filter(options.hasMoved);
    if (added.length === 0 && moved.length === 0) continue;
    if (!(await captureUnlessLocked(options, tables))) {
      logger.warn(
        { tables: [...added, ...moved].map(fullName) },
        'a table of the publication is locked: these wait',
      );
      continue;
    }
    if (added.length > 0) logger.info({ tables: added.map(fullName) }, 'new tables are captured');
    if (moved.length > 0) tellMoved(moved, logger);
    await runningTransactionsEnded(control, clock, signal);
    // what was updated or deleted before is told by their rows
    options.joined([...added, ...moved.filter(({ hasIdentity }) => hasIdentity)]);
  }
};
