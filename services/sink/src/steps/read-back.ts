/**
 * Asks the table which records of a claim it lacks: for when the token of an earlier attempt may be forgotten. Where views stand
 * behind the table, holding the rows is not all: a view that failed has not got them. The whole claim is then inserted again, as
 * long as table and views are certain to remember its token, which their block numbers tell better than any clock.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import type { Claim } from '@millrace/contracts';
import { incarnationOf } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import { isAmongOthers } from '../claims/protocol.ts';
import type { LaneIdentity, RangeGroup } from '../lanes/range.ts';
import { readTableMemory, type TableMemory } from '../tables/dependent-views.ts';
import { noReplicas, type ReplicaSync } from '../tables/replica-sync.ts';

const WHOSE = `_topic = {topic: String} AND _partition = {partition: Int32}
         AND _offset BETWEEN {from: Int64} AND {to: Int64}
         AND _incarnation IN {incarnations: Array(Int64)}`;

const whose = ({ topic, partition }: LaneIdentity, { from, to, log, unnamedRows }: Claim) => ({
  ...{ topic, partition, from, to },
  // A claim of the first form knows no incarnation: its rows have none.
  incarnations: [...(log ? [incarnationOf(log.topicId)] : []), ...(unnamedRows || !log ? [0] : [])],
});

const askPresent = async (
  clickhouse: Pick<ClickHouse, 'query'>,
  identity: LaneIdentity,
  claim: Claim,
): Promise<ReadonlySet<number>> => {
  const [row] = await clickhouse.query<{ present: readonly string[] }>(
    `SELECT groupUniqArray(_offset) AS present FROM ${quoteIdentifier(claim.table)} WHERE ${WHOSE}`,
    whose(identity, claim),
  );
  return new Set((row?.present ?? []).map(Number));
};

/** Whether the table holds any record of a claim. Rejects with a retryable error when the server cannot be asked. */
export const createHasLandedStep =
  (clickhouse: Pick<ClickHouse, 'query'>, syncReplicas: ReplicaSync = noReplicas) =>
  async (identity: LaneIdentity, claim: Claim): Promise<boolean> => {
    await syncReplicas(claim.table);
    return (await askPresent(clickhouse, identity, claim)).size > 0;
  };

export type HasLandedStep = ReturnType<typeof createHasLandedStep>;

export function createReadBackStep(
  clickhouse: Pick<ClickHouse, 'query' | 'database'>,
  logger: Logger,
  syncReplicas: ReplicaSync = noReplicas,
) {
  /** Blocks that the table got since the oldest part with rows of the claim; merges make it larger, never smaller. */
  const blocksSince = async (identity: LaneIdentity, claim: Claim): Promise<number> => {
    const { table } = claim;
    const [row] = await clickhouse.query<{ first: string; last: string }>(
      `SELECT minIf(min_block_number, name IN (
           SELECT _part FROM ${quoteIdentifier(table)} WHERE ${WHOSE}
         )) AS first, max(max_block_number) AS last
       FROM system.parts WHERE database = currentDatabase() AND table = {table: String} AND active`,
      { ...whose(identity, claim), table },
    );
    const first = Number(row?.first ?? 0);
    // No such part: it was merged between the two looks, or parts are hidden from this user.
    return first === 0 ? Number.POSITIVE_INFINITY : Number(row?.last) - first;
  };

  const isRemembered = async (
    identity: LaneIdentity,
    claim: Claim,
    { views, windowBlocks }: TableMemory,
  ): Promise<boolean> => {
    if (windowBlocks === undefined) return false;
    const fills = Map.groupBy(views, (view) => view.target);
    const blocksEach = Math.max(...[...fills.values()].map((ofTarget) => ofTarget.length));
    const blocks = await blocksSince(identity, claim);
    return blocks * blocksEach < windowBlocks / 2;
  };

  /** Offsets to insert, ascending. Rejects with a retryable error when the server cannot be asked. */
  return async function readBack(
    identity: LaneIdentity,
    claim: Claim,
    groups: readonly RangeGroup[],
  ): Promise<readonly number[]> {
    const { topic, partition } = identity;
    const { table, from, to } = claim;
    await syncReplicas(claim.table);
    const present = await askPresent(clickhouse, identity, claim);
    const all = groups.flatMap((group) => group.records.offsets()).sort((a, b) => a - b);
    const missing = all.filter((offset) => !present.has(offset));
    // What landed under other claims has other tokens, and what was behind it then had its batches.
    if (missing.length === all.length || isAmongOthers(claim)) return missing;
    const memory = await readTableMemory(clickhouse, table);
    if (memory === undefined || memory.views.length === 0) return missing;
    if (await isRemembered(identity, claim, memory)) return all;
    const views = memory.views.map((view) => view.name);
    logger.error(
      { topic, partition, from, to, table, views, code: 'sink.views-behind' },
      'a batch is in its table; whether the views behind it have it cannot be told any more',
    );
    return missing;
  };
}

export type ReadBackStep = ReturnType<typeof createReadBackStep>;
