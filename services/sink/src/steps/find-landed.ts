/**
 * Asks a fact table what it holds of a partition already: for when the group's offset was set by somebody
 * who is not the sink, or is missing, so that it does not say what has landed.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import {
  incarnationOf,
  type LogIdentity,
  MillraceError,
  type WarehouseContract,
} from '@millrace/contracts';
import { noReplicas, type ReplicaSync } from '../tables/replica-sync.ts';

export interface LandedBefore {
  /** The highest offset of the log in the table; undefined when it holds none. */
  readonly last: number | undefined;
  /** Rows without an incarnation count as this log's: no other log has named rows here. */
  readonly unnamedRows: boolean;
}

interface LandedQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly log: Pick<LogIdentity, 'topicId'>;
}

interface LandedRow {
  readonly named: string | null;
  readonly unnamed: string | null;
  readonly others: boolean;
}

/** Of a dimension nothing is asked: its versions may come again. */
const nothing: LandedBefore = { last: undefined, unnamedRows: false };

export function createFindLandedStep(
  clickhouse: Pick<ClickHouse, 'query'>,
  syncReplicas: ReplicaSync = noReplicas,
) {
  /** Rejects, retryable, when the server cannot be asked, and with `sink.table-unfit` when it refuses. */
  return async function findLanded(
    { topic, partition, log }: LandedQuestion,
    { warehouse }: WarehouseContract,
  ): Promise<LandedBefore> {
    if (warehouse.role !== 'fact') return nothing;
    await syncReplicas(warehouse.table);
    const asked = clickhouse.query<LandedRow>(
      `SELECT maxOrNullIf(_offset, _incarnation = {incarnation: Int64}) AS named,
         maxOrNullIf(_offset, _incarnation = 0) AS unnamed,
         countIf(_incarnation NOT IN (0, {incarnation: Int64})) > 0 AS others
       FROM ${quoteIdentifier(warehouse.table)}
       WHERE _topic = {topic: String} AND _partition = {partition: Int32}`,
      { topic, partition, incarnation: incarnationOf(log.topicId) },
    );
    const [row] = await asked.catch((error: unknown) => {
      throw error instanceof MillraceError && !error.retryable
        ? new MillraceError('sink.table-unfit', error.message, { retryable: true, cause: error })
        : error;
    });
    const unnamedRows = !row?.others;
    const found = [row?.named, unnamedRows ? row?.unnamed : null].filter((one) => one != null);
    return { last: found.length > 0 ? Math.max(...found.map(Number)) : undefined, unnamedRows };
  };
}

export type FindLandedStep = ReturnType<typeof createFindLandedStep>;
