/**
 * Inserts the records of a claim, each writer schema's as one block under a token of the range. Whether
 * it landed is the answer: nothing is retried here, because a repeat is the claim protocol's decision.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { type Claim, claimToken, incarnationOf, MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { LaneIdentity, RangeGroup } from '../lanes/range.ts';
import type { SinkMetrics } from '../metrics.ts';

export type InsertOutcome =
  | { readonly kind: 'landed' }
  /** Repeat it: nothing is known of its end. */
  | { readonly kind: 'uncertain'; readonly error: MillraceError }
  | {
      readonly kind: 'rejected';
      readonly error: MillraceError;
      /** What was sent; the error's row number counts in it. */
      readonly group: RangeGroup;
    };

/**
 * One block whatever its size, so that a repeat is the same block: no parallel parsing, no splitting by
 * rows or bytes, one thread. Partitions of a table are not limited: each deduplicates by itself. Views
 * behind the table get a repeated block, too, and drop it by the token if they have it: so one that
 * failed catches up. All of it is sent, because a server's profile may say the opposite.
 */
export const oneBlockSettings = {
  input_format_parallel_parsing: 0,
  input_format_avro_allow_missing_fields: 1,
  max_threads: 1,
  max_insert_threads: 1,
  max_insert_block_size: 1_000_000_000,
  max_insert_block_size_bytes: 0,
  use_strict_insert_block_limits: 0,
  min_insert_block_size_rows: 1_000_000_000,
  min_insert_block_size_bytes: 1_000_000_000_000,
  max_partitions_per_insert_block: 0,
  deduplicate_insert: 'enable',
  deduplicate_insert_select: 'force_enable',
  deduplicate_blocks_in_dependent_materialized_views: 1,
  materialized_views_ignore_errors: 0,
  ignore_materialized_views_with_dropped_target_table: 0,
  distributed_foreground_insert: 1,
} as const;

export interface InsertRequest {
  readonly identity: LaneIdentity;
  readonly claim: Claim;
  readonly groups: readonly RangeGroup[];
  /** When given, only these offsets: what a comparison found missing. */
  readonly only?: readonly number[];
}

export function createInsertRangeStep(
  clickhouse: Pick<ClickHouse, 'insert'>,
  clusterId: string,
  metrics: SinkMetrics,
  clock: Clock,
) {
  const insertGroup = async (request: InsertRequest, group: RangeGroup): Promise<InsertOutcome> => {
    const { claim, identity } = request;
    const { landing, records } = group;
    const incarnation = claim.log ? incarnationOf(claim.log.topicId) : 0;
    const body = landing.body(records, identity.partition, incarnation);
    const startedMs = clock.nowMs();
    try {
      await clickhouse.insert({
        statement: landing.statement,
        body,
        token: claimToken(clusterId, identity.topic, identity.partition, claim, landing.schemaId),
        settings: oneBlockSettings,
      });
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (error.retryable) return { kind: 'uncertain', error };
      return { kind: 'rejected', error, group };
    }
    metrics.inserted(claim.table, records.length, body.bytes, clock.nowMs() - startedMs);
    return { kind: 'landed' };
  };

  return async function insertRange(request: InsertRequest): Promise<InsertOutcome> {
    const only = request.only && new Set(request.only);
    for (const group of request.groups) {
      const records = only ? group.records.where((offset) => only.has(offset)) : group.records;
      if (records.length === 0) continue;
      const outcome = await insertGroup(request, { landing: group.landing, records });
      if (outcome.kind !== 'landed') return outcome;
    }
    return { kind: 'landed' };
  };
}

export type InsertRangeStep = ReturnType<typeof createInsertRangeStep>;
