/** Asks the table which records of a claim it lacks: for when the token of an earlier attempt may be forgotten. */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { incarnationOf } from '@millrace/contracts';
import type { Claim } from '../claims/claim.ts';
import type { LaneIdentity, RangeGroup } from '../lanes/range.ts';
import { noReplicas, type ReplicaSync } from '../tables/replica-sync.ts';

export function createReadBackStep(
  clickhouse: Pick<ClickHouse, 'query'>,
  syncReplicas: ReplicaSync = noReplicas,
) {
  /** Offsets that are missing, ascending. Rejects with a retryable error when the server cannot be asked. */
  return async function readBack(
    { topic, partition }: LaneIdentity,
    claim: Claim,
    groups: readonly RangeGroup[],
  ): Promise<readonly number[]> {
    await syncReplicas(claim.table);
    const [row] = await clickhouse.query<{ present: readonly string[] }>(
      `SELECT groupUniqArray(_offset) AS present FROM ${quoteIdentifier(claim.table)}
       WHERE _topic = {topic: String} AND _partition = {partition: Int32}
         AND _offset BETWEEN {from: Int64} AND {to: Int64}
         AND _incarnation IN {incarnations: Array(Int64)}`,
      {
        ...{ topic, partition, from: claim.from, to: claim.to },
        // A claim of the first form knows no incarnation: its rows have none.
        incarnations: [
          ...(claim.log ? [incarnationOf(claim.log.topicId)] : []),
          ...(claim.unnamedRows || !claim.log ? [0] : []),
        ],
      },
    );
    const present = new Set((row?.present ?? []).map(Number));
    return groups
      .flatMap((group) => group.records.offsets())
      .filter((offset) => !present.has(offset))
      .sort((a, b) => a - b);
  };
}

export type ReadBackStep = ReturnType<typeof createReadBackStep>;
