/**
 * One partition's way into the warehouse, from assignment to revocation: runs the effects of the claim
 * protocol one after the other and tells it what came of them. It decides nothing about exactness; that
 * is `claims/protocol.ts`. Records wait here in a bounded buffer, so other partitions are not held up.
 */
import { type Claim, MillraceError, memoryAt } from '@millrace/contracts';
import type { ConsumedBatch } from '@millrace/kafka';
import { type Bearings, type Beginning, takeBearings } from '../claims/begin-partition.ts';
import {
  type LaneEffect,
  type LaneEvent,
  type LaneRules,
  type LaneState,
  laneStart,
  laneStep,
} from '../claims/protocol.ts';
import type { LaneReading } from '../metrics.ts';
import type { InsertOutcome } from '../steps/insert-range.ts';
import { dueInMs } from './flush-policy.ts';
import { formRange, sortClaimed } from './form-range.ts';
import { createHoldBack } from './hold-back.ts';
import { createLaneBuffer } from './lane-buffer.ts';
import type { LaneEnvironment } from './lane-environment.ts';
import { narrowRange } from './narrow-range.ts';
import { createPatience, isWorthWaiting } from './patience.ts';
import type { LaneIdentity, SortedRange } from './range.ts';
import { createReadAhead } from './read-ahead.ts';
import { createWakeUp } from './wake-up.ts';

/** The group's offset is where the claim, or the next range, begins. */
export type LaneStart = Beginning & Pick<LaneIdentity, 'term'>;

export interface Lane {
  readonly topic: string;
  readonly partition: number;
  /** Takes records; never waits. */
  deliver(batch: ConsumedBatch): void;
  /** Looks anew whether it may go on. */
  wake(): void;
  /** Why the lane cannot go on; undefined when it can. */
  waitsFor(): string | undefined;
  reading(): LaneReading;
  /** Finishes the claim under way and ends; unclaimed records stay in Kafka. */
  drain(): Promise<void>;
  /** Ends at once: the partition belongs to somebody else. What is in flight is theirs to repeat. */
  drop(): void;
  /** Settles when the lane has ended; rejects on a bug. */
  readonly finished: Promise<void>;
}

const nothing: SortedRange = { groups: [], dead: [], skipped: 0 };

/** An insert that was decided longer ago than this is decided anew: the process may have slept. */
const SEND_WITHIN_MS = 5_000;

const rulesOf = ({ landings, contract }: LaneEnvironment): LaneRules => ({
  get tokenTrustMs() {
    return landings.tokenTrustMs();
  },
  readsBack: contract.warehouse.role === 'fact',
});

export function createLane(start: LaneStart, environment: LaneEnvironment): Lane {
  const { clock, limits, landings, budget, steps, metrics, logger, contract } = environment;
  const { topic, partition } = start;
  const rules = rulesOf(environment);
  const ended = new AbortController();
  const { signal } = ended;
  const buffer = createLaneBuffer(start.start);
  const wakeUp = createWakeUp(clock);
  const patience = createPatience(start, clock, logger, signal);
  const flood = createHoldBack(start, environment, patience);
  let state: LaneState = laneStart(start.start, start.claim);
  let range = nothing;
  let nextRange: SortedRange | undefined;
  let rejected: (InsertOutcome & { kind: 'rejected' }) | undefined;
  let isDraining = false;
  let log = { highWatermark: start.start, lastStableOffset: start.start };
  let bearings: Bearings | undefined = start.isKnown ? start : undefined;
  const committed = (): number => ('claim' in state ? state.claim.from : readingFrom());
  const readingFrom = (): number => (state.phase === 'reading' ? state.committed : start.start);

  const holdBack = (): void => readAhead.adjust(state.phase === 'replaying');
  const readAhead = createReadAhead(buffer, signal, environment, {
    called: () => {
      holdBack();
      wakeUp.ring();
    },
    isStuck: () => patience.waitsFor() !== undefined,
  });
  const dueMs = (): number | undefined =>
    dueInMs(buffer, limits, clock.nowMs(), readAhead.pace(log.lastStableOffset));

  /** How old the oldest record is that has not landed, and the claim under way. */
  const ages = (): Pick<LaneReading, 'lagMs' | 'claimAgeMs'> => {
    const nowMs = clock.nowMs();
    const isBehind = log.highWatermark > committed();
    const oldestMs = buffer.rows > 0 ? buffer.first(1, 1).at(0).timestampMs : undefined;
    const lagMs = isBehind ? oldestMs && Math.max(0, nowMs - oldestMs) : 0;
    return {
      ...(lagMs === undefined ? {} : { lagMs }),
      ...('claim' in state ? { claimAgeMs: Math.max(0, nowMs - state.claim.atMs) } : {}),
    };
  };

  const resolveSchemas = async (schemaIds: readonly number[]): Promise<void> => {
    const results = await Promise.allSettled(schemaIds.map((id) => landings.resolve(id, signal)));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return;
    if (!isWorthWaiting(failed.reason)) throw failed.reason;
    await patience.backOff(failed.reason);
  };

  /** Asks the table what the group's offset does not say; undefined when it cannot be asked now. */
  const findBearings = async (): Promise<Bearings | undefined> => {
    try {
      const landed = await steps.findLanded(start, contract);
      bearings = takeBearings(start, landed, clock.nowMs(), logger);
    } catch (error) {
      if (!isWorthWaiting(error)) throw error;
      await patience.backOff(error);
    }
    return bearings;
  };

  /** The next range, when one is due; undefined when the lane ends first. */
  const nextClaim = async (): Promise<LaneEvent | undefined> => {
    while (!isDraining && !signal.aborted) {
      const waitMs = environment.isHeld() ? undefined : dueMs();
      if (waitMs !== 0) {
        await wakeUp.wait(waitMs, signal);
        continue;
      }
      if (buffer.rows > 0) await budget.acquire(signal);
      const formed = formRange(buffer, readingFrom(), clock.nowMs(), environment);
      if (formed.kind === 'unresolved') {
        await resolveSchemas(formed.schemaIds);
        continue;
      }
      const known = bearings ?? (await findBearings());
      if (!known || (await flood.holdsBack(formed.range))) continue;
      patience.goesOn();
      range = formed.range;
      budget.spend(range.groups.length - 1);
      return { kind: 'ranged', claim: bornBy(known, formed.claim) };
    }
    return undefined;
  };

  /** Waits until all that Kafka still has of a claim is buffered, and sorts it as the claim says. */
  const coverClaim = async (claim: Claim): Promise<LaneEvent | undefined> => {
    while (!isDraining && !signal.aborted) {
      if (buffer.end <= claim.to) {
        await wakeUp.wait(undefined, signal);
        continue;
      }
      const records = buffer.first(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, claim.to);
      const sorted = sortClaimed(records, claim, environment);
      if ('unresolved' in sorted) {
        const unfit = sorted.unresolved.find((id) => landings.peek(id)?.kind === 'unfit');
        if (unfit === undefined) await resolveSchemas(sorted.unresolved);
        else {
          landings.forget();
          await patience.backOff(
            new MillraceError(
              'sink.schema-unfit',
              `schema id ${unfit} was fit when ${claim.from}-${claim.to} was claimed and is not now`,
            ),
          );
        }
        continue;
      }
      patience.goesOn();
      range = sorted;
      metrics.replayed(claim.table);
      return { kind: 'covered', nowMs: clock.nowMs() };
    }
    return undefined;
  };

  /** The range to claim with the commit that is due anyway, when there is one right now. */
  const followingClaim = (claim: Claim): Claim | undefined => {
    nextRange = undefined;
    if (isDraining || environment.isHeld() || dueMs() !== 0) return undefined;
    if (buffer.rows === 0 || !budget.tryAcquire()) return undefined;
    const formed = formRange(buffer, claim.to + 1, clock.nowMs(), environment);
    if (formed.kind === 'unresolved' || flood.isFlood(formed.range)) return undefined;
    nextRange = formed.range;
    budget.spend(nextRange.groups.length - 1);
    return bornBy(bearings!, formed.claim);
  };

  const landed = (claim: Claim): LaneEvent => {
    patience.goesOn();
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const group of range.groups) {
      oldestMs = Math.min(oldestMs, group.records.at(0).timestampMs);
    }
    if (range.groups.length > 0) metrics.fresh(claim.table, clock.nowMs() - oldestMs);
    buffer.dropThrough(claim.to);
    readAhead.landed();
    holdBack();
    const next = followingClaim(claim);
    return next ? { kind: 'landed', next } : { kind: 'landed' };
  };

  const insert = async (effect: LaneEffect & { kind: 'insert' }, decidedMs: number) => {
    const { claim, only } = effect;
    if (clock.nowMs() - decidedMs > SEND_WITHIN_MS) {
      return { kind: 'uncertain', nowMs: clock.nowMs() } as const;
    }
    const request = { identity: start, claim, groups: range.groups };
    const outcome = await steps.insertRange(only ? { ...request, only } : request);
    if (outcome.kind === 'landed') return landed(claim);
    if (outcome.kind === 'rejected') {
      rejected = outcome;
      return { kind: 'rejected' } as const;
    }
    metrics.retried(claim.table);
    await patience.backOff(outcome.error);
    return { kind: 'uncertain', nowMs: clock.nowMs() } as const;
  };

  const isolate = async (claim: Claim): Promise<LaneEvent> => {
    const { group, error } = rejected!;
    // Groups are inserted in order: of one behind the first, another part may stand in the table. Where a
    // repeated row is harmless the table is not asked: a dimension's has not even the columns for it.
    const mayCut =
      group.landing === range.groups[0]?.landing &&
      (!rules.readsBack || !(await steps.hasLanded(start, claim)));
    const found = await steps.findRefused(start, group, error, mayCut);
    if (found.offsets.length === 0) {
      landings.forget();
      await patience.backOff(error);
      return { kind: 'unexplained', nowMs: clock.nowMs() };
    }
    const narrowed = narrowRange(claim, range, found, error.message, mayCut);
    if (await flood.holdsBack(narrowed.range)) {
      return { kind: 'unexplained', nowMs: clock.nowMs() };
    }
    range = narrowed.range;
    return { kind: 'isolated', claim: narrowed.claim };
  };

  const perform = async (effect: LaneEffect, decidedMs: number): Promise<LaneEvent> => {
    const { claim } = effect;
    switch (effect.kind) {
      case 'claim':
        return steps.claimRange(start, claim, signal);
      case 'insert':
        return insert(effect, decidedMs);
      case 'isolate':
        return isolate(claim);
      case 'read-back':
        return { kind: 'compared', missing: await steps.readBack(start, claim, range.groups) };
      case 'advance': {
        // Also after a comparison that found nothing missing: what has landed must not be claimed again.
        buffer.dropThrough(claim.to);
        const event = await steps.advance(
          { ...start, ...bearings },
          claim,
          effect.next,
          range,
          signal,
        );
        patience.goesOn();
        flood.passed(range);
        range = nextRange ?? nothing;
        nextRange = undefined;
        return event;
      }
    }
  };

  /** The effect's event; an effect that a person or a server has to make possible is tried until then. */
  const performPatiently = async (effect: LaneEffect, decidedMs: number): Promise<LaneEvent> => {
    for (;;) {
      try {
        return await perform(effect, decidedMs);
      } catch (error) {
        if (signal.aborted) throw error;
        if (!isWorthWaiting(error)) throw error;
        await patience.backOff(error);
      }
    }
  };

  const live = async (): Promise<void> => {
    let effect: LaneEffect | undefined;
    let decidedMs = 0;
    while (!signal.aborted) {
      let event: LaneEvent | undefined;
      if (effect) event = await performPatiently(effect, decidedMs);
      else if (state.phase === 'replaying') event = await coverClaim(state.claim);
      else event = await nextClaim();
      if (!event || signal.aborted) return;
      const step = laneStep(state, event, rules);
      state = step.state;
      effect = step.effect;
      decidedMs = clock.nowMs();
      if (state.phase === 'dropped') {
        logger.info({ topic, partition }, 'a partition was lost to another owner');
        return;
      }
      holdBack();
    }
  };

  const finished = live().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });

  return {
    ...{ topic, partition, finished },
    deliver: (batch) => {
      const { highWatermark, lastStableOffset } = batch;
      log = { highWatermark, lastStableOffset };
      buffer.push(batch, clock.nowMs());
      holdBack();
      wakeUp.ring();
    },
    ...{ wake: wakeUp.ring, waitsFor: patience.waitsFor },
    reading: () => ({
      ...{ topic, partition },
      lagRecords: Math.max(0, log.highWatermark - committed()),
      ...ages(),
      bufferBytes: buffer.bytes,
      isPaused: readAhead.isPaused(),
      isWaiting: patience.waitsFor() !== undefined,
      isHeld: environment.isHeld(),
    }),
    drain: () => {
      isDraining = true;
      wakeUp.ring();
      return finished;
    },
    drop: () => ended.abort(new Error('the partition was revoked')),
  };
}

/** The claim with the log that its offsets count in. */
const bornBy = (bearings: Bearings, claim: Claim): Claim => ({
  ...claim,
  log: bearings.log,
  ...memoryAt(claim.from, bearings),
});
