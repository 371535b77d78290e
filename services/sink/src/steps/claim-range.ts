/** Commits a claim as the metadata of the offset where its range begins: before any byte of it leaves. */
import { type Claim, claimText } from '@millrace/contracts';
import type { LaneEvent } from '../claims/protocol.ts';
import type { LaneIdentity } from '../lanes/range.ts';
import type { DeadLetterOutput } from '../outputs.ts';
import type { CommitStep } from './commit-offsets.ts';

export function createClaimRangeStep(
  commit: CommitStep,
  deadLetters: Pick<DeadLetterOutput, 'open'>,
) {
  return async function claimRange(
    identity: LaneIdentity,
    claim: Claim,
    signal: AbortSignal,
  ): Promise<LaneEvent> {
    // The fence comes first: an owner that finds a transactional claim can then rely on raising it.
    if (claim.transactional) await deadLetters.open(identity);
    return commit(identity, { offset: claim.from, metadata: claimText(claim) }, signal);
  };
}

export type ClaimRangeStep = ReturnType<typeof createClaimRangeStep>;
