/**
 * Commits one partition's offset under the lane's term, again and again until the broker has
 * answered: a repeated commit changes nothing. Being fenced is an outcome, not an error.
 */
import { MillraceError } from '@millrace/contracts';
import type { GroupConsumer } from '@millrace/kafka';
import { type Clock, type Logger, type RetryPolicy, retry } from '@millrace/pipeline';
import type { LaneEvent } from '../claims/protocol.ts';
import type { LaneIdentity } from '../lanes/range.ts';
import type { SinkMetrics } from '../metrics.ts';

export type CommitStep = (
  identity: LaneIdentity,
  position: { readonly offset: number; readonly metadata: string },
  signal: AbortSignal,
) => Promise<LaneEvent>;

export const commitRetry: RetryPolicy = { initialMs: 50, multiplier: 2, maxMs: 2_000, jitter: 0.3 };

export function createCommitStep(
  consumer: Pick<GroupConsumer, 'commit'>,
  clock: Clock,
  logger: Logger,
  metrics: Pick<SinkMetrics, 'committed'>,
): CommitStep {
  return async function commitOffsets({ topic, partition, term }, position, signal) {
    const commit = retry(
      () => consumer.commit(term, [{ topic, partition, ...position }]),
      commitRetry,
      clock,
      signal,
      ({ attempt, error }) =>
        logger.warn(
          { topic, partition, attempt, code: error.code },
          'an offset commit is repeated',
        ),
    );
    const beganMs = clock.nowMs();
    try {
      await commit();
      metrics.committed(clock.nowMs() - beganMs);
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'kafka.fenced')
        return { kind: 'fenced' };
      throw error;
    }
    return { kind: 'committed', nowMs: clock.nowMs() };
  };
}
