/**
 * What is left of a claim when ClickHouse refused records of it: the claim with their offsets, and the range without them. Where too
 * many were refused to be named in one claim, the claim ends behind the last that fits; what follows is claimed again later, so
 * bad records never stop a partition, however many they are.
 */
import { type Claim, claimText, MillraceError } from '@millrace/contracts';
import type { Refused } from '../steps/find-refused.ts';
import type { SortedRange } from './range.ts';

export interface Narrowed {
  readonly claim: Claim;
  readonly range: SortedRange;
}

/**
 * `mayCut`: nothing of the claim can have landed, so its token may be given up for that of a shorter one. Throws
 * `sink.refused-too-often` when the refused do not fit and it may not be cut.
 */
export function narrowRange(
  claim: Claim,
  range: SortedRange,
  { offsets, searchedTo }: Refused,
  reason: string,
  mayCut: boolean,
): Narrowed {
  const deadOffsets = [...new Set([...claim.deadOffsets, ...offsets])].sort((a, b) => a - b);
  let named = cutClaim({ ...claim, deadOffsets, transactional: true }, searchedTo ?? claim.to);
  while (mayCut && named.deadOffsets.length > 1 && !fits(named)) {
    const kept = named.deadOffsets.slice(0, named.deadOffsets.length >> 1);
    named = cutClaim(named, kept.at(-1)!);
  }
  claimText(named);
  return { claim: named, range: withoutRefused(range, new Set(offsets), reason, named.to) };
}

const cutClaim = (claim: Claim, to: number): Claim =>
  to >= claim.to
    ? claim
    : { ...claim, to, deadOffsets: claim.deadOffsets.filter((offset) => offset <= to) };

function fits(claim: Claim): boolean {
  try {
    claimText(claim);
    return true;
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'sink.refused-too-often') return false;
    throw error;
  }
}

function withoutRefused(
  range: SortedRange,
  refused: ReadonlySet<number>,
  reason: string,
  to: number,
): SortedRange {
  const dead = range.groups
    .flatMap((group) => [...group.records.where((offset) => refused.has(offset) && offset <= to)])
    .map((record) => ({ record, code: 'sink.record-refused', reason }) as const);
  const groups = range.groups
    .map(({ landing, records }) => ({
      landing,
      records: records.where((offset) => !refused.has(offset) && offset <= to),
    }))
    .filter((group) => group.records.length > 0);
  const before = range.dead.filter(({ record }) => record.offset <= to);
  return { ...range, groups, dead: [...before, ...dead] };
}
