/**
 * Before a table of a cluster is asked what it holds: a replica that lags would answer that rows are missing
 * which another replica took. LIGHTWEIGHT waits for what the others have written, not for merges.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';

export interface ClusterPlace {
  /** `MILLRACE_CLICKHOUSE_CLUSTER`; empty: one server. */
  readonly clickhouseCluster: string;
  readonly clickhouseReplicated: boolean;
  readonly clickhouseSharded: boolean;
}

/** Resolves when every replica has what any of them has of the table; at once where there are none. */
export type ReplicaSync = (table: string) => Promise<void>;

/** For a table that is on one server. */
export const noReplicas: ReplicaSync = async () => undefined;

/** Rejects, retryable, when a replica does not answer in time. */
export function createReplicaSync(
  clickhouse: Pick<ClickHouse, 'exec'>,
  place: ClusterPlace,
): ReplicaSync {
  const { clickhouseCluster: cluster } = place;
  if (cluster === '' || !place.clickhouseReplicated) return noReplicas;
  return (table) => {
    const kept = place.clickhouseSharded ? `${table}_local` : table;
    return clickhouse.exec(
      `SYSTEM SYNC REPLICA ON CLUSTER ${quoteIdentifier(cluster)} ${quoteIdentifier(kept)} LIGHTWEIGHT`,
    );
  };
}
