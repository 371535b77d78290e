/**
 * The claim protocol of one partition as a pure state machine: an event goes in, the next state and at
 * most one effect come out. It knows offsets and nothing of records, Kafka or ClickHouse; the lane runs
 * the effects. Its promise, checked over interleavings of crashes, rebalances, time-outs and stalled
 * owners in `protocol-model.test.ts`: every offset lands exactly once.
 *
 *            ranged                committed              landed
 *  reading ─────────▶ claiming ───────────────▶ inserting ────────▶ advancing ──▶ reading
 *                        ▲                        │  ▲  │                │
 *                        │ isolated      rejected │  │  │ uncertain      └─ with a next claim:
 *                        └─────────── isolating ◀─┘  │  └─▶ inserting       inserting again
 *                                                    │      or reading back
 *  replaying ── covered ─────────────────────────────┘
 *
 * 1. Nothing is inserted before its range is committed as a claim.
 * 2. A claim found at assignment is repeated as it stands before anything else is read.
 * 3. An insert without a known outcome is repeated with the same bytes and token, or, once the token may
 *    be forgotten, compared with the table first.
 * 4. A claim below `compareBelow` is compared with the table before every attempt.
 * 5. Being fenced ends everything: no effect follows.
 */
import type { Claim } from '@millrace/contracts';

export type LaneState =
  | { readonly phase: 'reading'; readonly committed: number }
  | { readonly phase: 'replaying'; readonly claim: Claim }
  | { readonly phase: 'claiming'; readonly claim: Claim }
  | { readonly phase: 'inserting'; readonly claim: Claim; readonly only?: readonly number[] }
  | { readonly phase: 'reading-back'; readonly claim: Claim }
  | { readonly phase: 'isolating'; readonly claim: Claim }
  | { readonly phase: 'advancing'; readonly claim: Claim; readonly next?: Claim }
  | { readonly phase: 'dropped' };

export type LaneEvent =
  /** A range was formed out of what is buffered, from the committed offset on. */
  | { readonly kind: 'ranged'; readonly claim: Claim }
  /** All that is left of a claim under replay is buffered. */
  | { readonly kind: 'covered'; readonly nowMs: number }
  | { readonly kind: 'committed'; readonly nowMs: number }
  /** The insert is known to have landed; `next` is the range to claim with the same commit. */
  | { readonly kind: 'landed'; readonly next?: Claim }
  | { readonly kind: 'uncertain'; readonly nowMs: number }
  /** ClickHouse refused the insert: nothing of it landed now. */
  | { readonly kind: 'rejected' }
  /** The refused records were found: the claim again, its dead records in it. */
  | { readonly kind: 'isolated'; readonly claim: Claim }
  /** No single record is at fault, or the fault is gone: the same insert again. */
  | { readonly kind: 'unexplained'; readonly nowMs: number }
  /** Offsets of the claim that the table does not hold. */
  | { readonly kind: 'compared'; readonly missing: readonly number[] }
  /** The term is over: another member owns the partition, or will. */
  | { readonly kind: 'fenced' };

export type LaneEffect =
  /** Commit `claim.from` with the claim as metadata. */
  | { readonly kind: 'claim'; readonly claim: Claim }
  /** Insert the claim's records, or `only` these offsets of it. */
  | { readonly kind: 'insert'; readonly claim: Claim; readonly only?: readonly number[] }
  | { readonly kind: 'isolate'; readonly claim: Claim }
  | { readonly kind: 'read-back'; readonly claim: Claim }
  /** Commit `claim.to + 1`, with the next claim when there is one. */
  | { readonly kind: 'advance'; readonly claim: Claim; readonly next?: Claim };

export interface LaneRules {
  /** For how long after a claim was made its token is still known to the table, ms. */
  readonly tokenTrustMs: number;
  /** False where a repeated row is harmless (versioned dimensions): then nothing is read back. */
  readonly readsBack: boolean;
}

export interface LaneStep {
  readonly state: LaneState;
  readonly effect?: LaneEffect;
}

/** The first state of a partition: replay of the claim found with the group's offset, or reading. */
export function laneStart(committed: number, claim: Claim | undefined): LaneState {
  return claim ? { phase: 'replaying', claim } : { phase: 'reading', committed };
}

/** Throws on an event that the phase cannot meet: that is a bug of the caller. */
export function laneStep(state: LaneState, event: LaneEvent, rules: LaneRules): LaneStep {
  if (event.kind === 'fenced' || state.phase === 'dropped') return { state: { phase: 'dropped' } };
  switch (state.phase) {
    case 'reading':
      if (event.kind === 'ranged') return claimed(event.claim);
      break;
    case 'replaying':
      if (event.kind === 'covered') return insertOrCompare(state.claim, event.nowMs, rules);
      break;
    case 'claiming':
      if (event.kind === 'committed') return insertOrCompare(state.claim, event.nowMs, rules);
      break;
    case 'inserting':
      return afterInsert(state, event, rules);
    case 'isolating':
      if (event.kind === 'isolated') return claimed(event.claim);
      if (event.kind === 'unexplained') return insertOrCompare(state.claim, event.nowMs, rules);
      break;
    case 'reading-back':
      if (event.kind === 'compared') return afterReadBack(state.claim, event.missing);
      break;
    case 'advancing':
      if (event.kind === 'committed') {
        return state.next
          ? insertOrCompare(state.next, event.nowMs, rules)
          : { state: { phase: 'reading', committed: state.claim.to + 1 } };
      }
      break;
  }
  throw new Error(`the claim protocol has no ${event.kind} while ${state.phase}`);
}

function afterInsert(
  state: LaneState & { phase: 'inserting' },
  event: LaneEvent,
  rules: LaneRules,
): LaneStep {
  const { claim } = state;
  if (event.kind === 'landed') return advancing(claim, event.next);
  if (event.kind === 'uncertain') return insertOrCompare(claim, event.nowMs, rules);
  if (event.kind === 'rejected') {
    return { state: { phase: 'isolating', claim }, effect: { kind: 'isolate', claim } };
  }
  throw new Error(`the claim protocol has no ${event.kind} while inserting`);
}

function afterReadBack(claim: Claim, missing: readonly number[]): LaneStep {
  return missing.length === 0 ? advancing(claim, undefined) : inserting(claim, missing);
}

function claimed(claim: Claim): LaneStep {
  return { state: { phase: 'claiming', claim }, effect: { kind: 'claim', claim } };
}

function inserting(claim: Claim, only?: readonly number[]): LaneStep {
  const work = only ? { claim, only } : { claim };
  return { state: { phase: 'inserting', ...work }, effect: { kind: 'insert', ...work } };
}

function advancing(claim: Claim, next: Claim | undefined): LaneStep {
  const work = next ? { claim, next } : { claim };
  return { state: { phase: 'advancing', ...work }, effect: { kind: 'advance', ...work } };
}

/**
 * The claim's own token is used for what is missing, too: a stalled owner's insert that lands between the
 * comparison and ours is then still recognised. A comparison is therefore only needed, and only made,
 * when the token of a landed attempt may have been forgotten.
 */
function insertOrCompare(claim: Claim, nowMs: number, rules: LaneRules): LaneStep {
  const isTrusted = nowMs - claim.atMs <= rules.tokenTrustMs && !isAmongOthers(claim);
  if (isTrusted || !rules.readsBack) return inserting(claim);
  return { state: { phase: 'reading-back', claim }, effect: { kind: 'read-back', claim } };
}

/**
 * Whether the table may hold records of the claim that landed under other claims: the group's offset was
 * set back. No token tells, so such a claim is compared before each attempt.
 */
export const isAmongOthers = ({ from, compareBelow }: Claim): boolean =>
  compareBelow !== undefined && compareBelow > from;
