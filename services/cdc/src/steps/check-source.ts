/**
 * Whether the source can be captured, and its publications: configuration, tables, what an UPDATE or DELETE
 * will tell. What cannot work is said at the start, not by a missing row later.
 */
import { MillraceError } from '@millrace/contracts';
import { parseLsn } from '@millrace/pgoutput';
import type { Logger } from '@millrace/pipeline';
import type { CatalogTable } from '../source/catalog.ts';
import { findTables } from '../source/find-tables.ts';
import {
  ensurePublications,
  hasReplicaIdentity,
  type PublicationWish,
} from '../source/publication.ts';
import { refuseOthers } from '../source/refuse-others.ts';
import type { SourceConnection } from '../source/source-connection.ts';

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

const report = (tables: readonly CatalogTable[], logger: Logger): void => {
  const blind = tables.filter((table) => !hasReplicaIdentity(table));
  if (blind.length === 0) return;
  logger.warn(
    { tables: blind.map((table) => `${table.schema}.${table.table}`) },
    'tables without a primary key or replica identity: only their inserts are captured (ALTER TABLE … REPLICA IDENTITY FULL captures all)',
  );
};

export const checkSource = async (
  control: SourceConnection,
  patterns: readonly string[],
  publications: PublicationWish,
  partitions: 'root' | 'leaf',
  logger: Logger,
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
      'no table to capture: set MILLRACE_CDC_TABLES, or declare contracts with this source',
    );
  }
  report(tables, logger);
  if (found.unpublished.length > 0) {
    logger.warn(
      { tables: found.unpublished.map(({ schema, table }) => `${schema}.${table}`) },
      'tables that match are not captured: their owner does not publish them',
    );
  }
  if (await ensurePublications(control, publications, tables)) {
    logger.info(
      { tables: tables.length, publication: publications.names.all },
      'publication changed',
    );
  }
  return {
    database: server.database,
    systemId: server.systemId,
    walLsn: parseLsn(server.walLsn),
    serverVersion: server.serverVersion,
    walSenderTimeoutMs: server.walSenderTimeoutMs,
    tables,
  };
};
