/**
 * Commits the offset behind a range that has landed, together with the next claim when there is one. The
 * range's dead letters are written in the same transaction as that offset.
 */
import {
  type Claim,
  claimText,
  type LogIdentity,
  memoryAt,
  restingText,
  type TableMemory,
} from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { type Clock, type Logger, retry } from '@millrace/pipeline';
import type { LaneEvent } from '../claims/protocol.ts';
import type { LaneIdentity, SortedRange } from '../lanes/range.ts';
import type { SinkMetrics } from '../metrics.ts';
import type { DeadLetterOutput } from '../outputs.ts';
import { type CommitStep, commitRetry } from './commit-offsets.ts';

export interface AdvanceDependencies {
  readonly commit: CommitStep;
  readonly deadLetters: Pick<DeadLetterOutput, 'send' | 'open'>;
  readonly admin: Pick<Admin, 'committedOffsets'>;
  readonly groupId: string;
  readonly metrics: SinkMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createAdvanceStep(dependencies: AdvanceDependencies) {
  const { commit, deadLetters, admin, groupId, metrics, clock, logger } = dependencies;

  /** Whether the group stands at the offset: what became of a transaction whose end is not known. */
  const hasAdvanced = async ({ topic, partition }: LaneIdentity, to: number): Promise<boolean> => {
    const committed = await admin.committedOffsets(groupId, [topic]);
    return committed.some((one) => one.partition === partition && one.offset >= to);
  };

  const sendDead = async (
    identity: LaneIdentity,
    range: SortedRange,
    position: { readonly offset: number; readonly metadata: string },
    signal: AbortSignal,
  ): Promise<void> => {
    let isRepeated = false;
    const send = async (): Promise<void> => {
      if (isRepeated && (await hasAdvanced(identity, position.offset))) return;
      isRepeated = true;
      await deadLetters.send(identity, range.dead, position);
    };
    await retry(send, commitRetry, clock, signal, ({ attempt, error }) =>
      logger.warn(
        { topic: identity.topic, partition: identity.partition, attempt, code: error.code },
        'a transaction of dead letters is repeated',
      ),
    )();
    for (const one of range.dead) metrics.dead(identity.topic, one.code, 1);
  };

  return async function advance(
    identity: LaneIdentity & TableMemory & { readonly log: LogIdentity },
    claim: Claim,
    next: Claim | undefined,
    range: SortedRange,
    signal: AbortSignal,
  ): Promise<LaneEvent> {
    if (next?.transactional) await deadLetters.open(identity);
    const offset = claim.to + 1;
    const resting = () => restingText(identity.log, memoryAt(offset, identity));
    const position = { offset, metadata: next ? claimText(next) : resting() };
    metrics.skipped(identity.topic, range.skipped);
    if (range.dead.length === 0) return commit(identity, position, signal);
    await sendDead(identity, range, position, signal);
    return { kind: 'committed', nowMs: clock.nowMs() };
  };
}

export type AdvanceStep = ReturnType<typeof createAdvanceStep>;
