/**
 * Whether the source can be captured, and its publications: configuration, tables, what an UPDATE or DELETE
 * will tell. What cannot work is said at the start, not by a missing row later.
 */
import { MillraceError } from '@millrace/contracts';
import { parseLsn } from '@millrace/pgoutput';
import type { Logger } from '@millrace/pipeline';
import type { CatalogTable, TableName } from '../source/catalog.ts';
import { findTables } from '../source/find-tables.ts';
import {
  ensurePublications,
  hasReplicaIdentity,
  type PublicationWish,
  publishedAlready,
} from '../source/publication.ts';
import { refuseOthers } from '../source/refuse-others.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { isLockedOut } from '../source/source-error.ts';

export interface SourceFacts {
  readonly database: string;
  readonly systemId: string;
  /** Where the server's log ends now. */
  readonly walLsn: bigint;
  /** server_version_num: 180003 is 18.3. */
  readonly serverVersion: number;
  /** 0: the server never gives up on a silent consumer. */
  readonly walSenderTimeoutMs: number;
  readonly tables: readonly CatalogTable[];
}

const operations: readonly string[] = ['insert', 'update', 'delete', 'truncate'];

const fullName = ({ schema, table }: TableName): string => `${schema}.${table}`;

const report = (tables: readonly CatalogTable[], logger: Logger): void => {
  const blind = tables.filter((table) => !hasReplicaIdentity(table));
  if (blind.length === 0) return;
  logger.warn(
    { tables: blind.map(fullName) },
    'tables without a primary key or replica identity: only their inserts are captured (ALTER TABLE … REPLICA IDENTITY FULL captures all)',
  );
};

/** The tables that are published from now on: without those that a lock keeps out, if they may join later. */
const publish = async (
  control: SourceConnection,
  publications: PublicationWish,
  tables: readonly CatalogTable[],
  mayJoinLater: boolean,
  logger: Logger,
): Promise<readonly CatalogTable[]> => {
  try {
    if (await ensurePublications(control, publications, tables)) {
      logger.info(
        { tables: tables.length, publication: publications.names.all },
        'publication changed',
      );
    }
    return tables;
  } catch (error) {
    if (!mayJoinLater || !isLockedOut(error)) throw error;
    const held = await publishedAlready(control, publications, tables);
    if (held.length === 0) throw error;
    const isHeld = ({ hasIdentity, oid }: CatalogTable): boolean =>
      held.some((one) => one.oid === oid && one.hasIdentity === hasIdentity);
    logger.warn(
      { tables: tables.filter((table) => !isHeld(table)).map(fullName) },
      'a table of the publication is locked: these wait',
    );
    return held;
  }
};

/** What of the tables may wait. */
export interface LaterTables {
  /** Somebody looks for tables that are not published yet. */
  readonly mayJoin?: boolean;
  /** Where there is none at all, another session asks again. */
  readonly mayBegin?: boolean;
}

export const checkSource = async (
  control: SourceConnection,
  patterns: readonly string[],
  publications: PublicationWish,
  partitions: 'root' | 'leaf',
  logger: Logger,
  later: LaterTables = {},
): Promise<SourceFacts> => {
  const [server] = await control.query<{
    database: string;
    systemId: string;
    walLsn: string;
    serverVersion: number;
    walLevel: string;
    walSenderTimeoutMs: number;
  }>(
    `select current_database() as database,
            (select system_identifier::text from pg_control_system()) as "systemId",
            (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as "walLsn",
            current_setting('server_version_num')::int as "serverVersion",
            current_setting('wal_level') as "walLevel",
            (select setting::int from pg_settings where name = 'wal_sender_timeout') as "walSenderTimeoutMs"`,
  );
  if (server?.walLevel !== 'logical') {
    throw new MillraceError(
      'cdc.source-unfit',
      `wal_level is "${server?.walLevel}": ALTER SYSTEM SET wal_level = logical, then restart PostgreSQL`,
    );
  }
  const unknown = publications.operations.filter((one) => !operations.includes(one));
  if (unknown.length > 0) {
    throw new MillraceError(
      'config.invalid',
      `MILLRACE_CDC_OPERATIONS: ${unknown.join(', ')} is none of ${operations.join(', ')}`,
    );
  }
  const found = await findTables(control, patterns, partitions, publications);
  const { tables, unmatched } = found;
  if (unmatched.length > 0) await refuseOthers(control, unmatched);
  if (unmatched.length > 0) logger.warn({ patterns: unmatched }, 'no table has these names');
  if (tables.length === 0) {
    throw new MillraceError(
      'cdc.source-unfit',
      patterns.length === 0
        ? 'no table to capture: set MILLRACE_CDC_TABLES, or declare contracts with this source'
        : `no table to capture: there is none named ${patterns.join(', ')}`,
      { retryable: patterns.length > 0 && later.mayBegin === true },
    );
  }
  report(tables, logger);
  if (found.unpublished.length > 0) {
    logger.warn(
      { tables: found.unpublished.map(fullName) },
      'tables that match are not captured: their owner does not publish them',
    );
  }
  return {
    database: server.database,
    systemId: server.systemId,
    walLsn: parseLsn(server.walLsn),
    serverVersion: server.serverVersion,
    walSenderTimeoutMs: server.walSenderTimeoutMs,
    tables: await publish(control, publications, tables, later.mayJoin === true, logger),
  };
};
