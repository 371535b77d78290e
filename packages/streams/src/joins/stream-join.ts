import type { Flow } from '../flow.ts';
import type { NameOperator, Operator, OperatorContext, OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { TimedStore, TimedStoreSpec } from '../stores/store.ts';
import { compareTexts, compareValues } from '../value-order.ts';
import type { JoinReach } from './join-window.ts';

/** A join of two streams by key and time. */
export interface StreamJoin<L, R, O> {
  readonly reach: JoinReach;
  /** What becomes of records without a partner: left out; those of the left, or of both, joined with null. */
  readonly kind: 'inner' | 'left' | 'outer';
  readonly combine: (left: L, right: R, info: RecordInfo) => O;
}

/** A record that waits for partners; those of one key and millisecond are kept in one entry. */
interface Held {
  readonly value: unknown;
  readonly watermarkMs: number;
  matched: boolean;
}

/** One of the two streams. */
interface Side {
  readonly held: TimedStore<Held[]>;
  /** The window of a record at t: partners from t - earlier to t + later, both inside. */
  readonly earlierMs: number;
  readonly laterMs: number;
  /** After t, this long, by the watermark, the record's window is closed. */
  readonly openMs: number;
  /** Records without a partner are handed on when their window closes. */
  readonly alone: boolean;
}

/**
 * Joins two streams by key and time. The window of a record closes when the watermark has gone past its end
 * and grace. Two records are joined when each came while the other's window was open by the watermark of its
 * own origin; so it does not depend on how the inputs interleave what is joined, and a record that has been
 * handed on alone is never joined afterwards.
 */
export const streamJoinOperator =
  <L, R, O>(join: StreamJoin<L, R, O>): NameOperator =>
  (name) => {
    const { reach, kind } = join;
    const { beforeMs, afterMs, graceMs } = reach;
    const held = (side: string): TimedStoreSpec<Held[]> => ({
      kind: 'timed',
      byKey: true,
      name: `${name}-${side}`,
      shape: 'held:v1',
    });
    const [leftSpec, rightSpec] = [held('left'), held('right')];
    // What is handed on alone lies as far back as its window was long.
    const delayMs =
      kind === 'inner' ? 0 : graceMs + (kind === 'left' ? afterMs : Math.max(beforeMs, afterMs));
    return {
      kind: 'join',
      stores: [leftSpec, rightSpec],
      shape: `${kind} ${beforeMs} ${afterMs} ${graceMs}`,
      ports: ['main', 'late'],
      watermarkDelayMs: delayMs,
      ...(kind !== 'inner' && { closeAheadMs: delayMs + 1 }),
      create: (context) =>
        joinStreams(name, join as StreamJoin<unknown, unknown, unknown>, delayMs, context, [
          {
            held: context.timed(leftSpec),
            earlierMs: beforeMs,
            laterMs: afterMs,
            openMs: afterMs + graceMs,
            alone: kind !== 'inner',
          },
          {
            held: context.timed(rightSpec),
            earlierMs: afterMs,
            laterMs: beforeMs,
            openMs: beforeMs + graceMs,
            alone: kind === 'outer',
          },
        ]),
    } satisfies OperatorSpec;
  };

const joinStreams = (
  name: string,
  { combine }: StreamJoin<unknown, unknown, unknown>,
  delayMs: number,
  { emit, late, skip, failed }: OperatorContext,
  sides: readonly [Side, Side],
): Operator => {
  const pairOf = (key: string, port: number, flow: Flow, other: Held, otherMs: number): Flow => {
    const timeMs = Math.max(flow.timeMs, otherMs);
    const info = { key, timeMs };
    const value =
      port === 0 ? combine(flow.value, other.value, info) : combine(other.value, flow.value, info);
    // The higher of the two is the same whichever record came first.
    const watermarkMs = Math.max(flow.watermarkMs, other.watermarkMs) - delayMs;
    return { key, value, timeMs, watermarkMs };
  };

  /** The record's pairs with what waits on the other side. State changes only once all could be made. */
  const match = (key: string, flow: Flow, port: number): readonly Flow[] => {
    const own = sides[port]!;
    const other = sides[1 - port]!;
    const { timeMs, watermarkMs } = flow;
    const closesMs = timeMs + own.openMs;
    const pairs: Flow[] = [];
    const matched: [timeMs: number, records: Held[], record: Held][] = [];
    const waiting = other.held.keyTimes(key, timeMs - own.earlierMs, timeMs + own.laterMs + 1);
    for (const [otherMs, records] of waiting) {
      if (watermarkMs > otherMs + other.openMs) continue;
      for (const record of records) {
        if (record.watermarkMs > closesMs) continue;
        pairs.push(pairOf(key, port, flow, record, otherMs));
        if (other.alone && !record.matched) matched.push([otherMs, records, record]);
      }
    }
    for (const [otherMs, records, record] of matched) {
      record.matched = true;
      other.held.set(otherMs, key, records);
    }
    return pairs;
  };

  const handOnAlone = ({ key, port, timeMs, record }: Alone): void => {
    const info = { key, timeMs };
    const { value, watermarkMs } = record;
    let joined: unknown;
    try {
      joined = port === 0 ? combine(value, null, info) : combine(null, value, info);
    } catch (error) {
      failed({ key, value, timeMs, watermarkMs }, error);
      return;
    }
    emit({ key, value: joined, timeMs, watermarkMs: watermarkMs - delayMs });
  };

  return {
    process(flow, port) {
      const { key, timeMs, watermarkMs, value } = flow;
      if (key === null) {
        skip('no-key');
        return;
      }
      if (value === null) {
        skip('no-value');
        return;
      }
      const side = sides[port]!;
      const lateByMs = watermarkMs - timeMs - side.openMs;
      if (lateByMs > 0) {
        const windowStartMs = timeMs - side.earlierMs;
        const windowEndMs = timeMs + side.laterMs;
        late(flow, { operator: name, windowStartMs, windowEndMs, lateByMs });
        return;
      }
      const pairs = match(key, flow, port);
      const record = { value, watermarkMs, matched: pairs.length > 0 };
      const same = side.held.get(timeMs, key);
      if (same === undefined) side.held.set(timeMs, key, [record]);
      else {
        same.push(record);
        side.held.set(timeMs, key, same);
      }
      for (const pair of pairs) emit(pair);
    },
    advance(watermarkMs) {
      const alone: Alone[] = [];
      sides.forEach((side, port) => {
        const boundMs = watermarkMs - side.openMs;
        const firstMs = side.held.firstTimeMs();
        if (firstMs === undefined || firstMs >= boundMs) return;
        if (side.alone) collectAlone(side, port, boundMs, alone);
        side.held.dropBefore(boundMs);
      });
      for (const one of alone.sort(inOrderOfClosing)) handOnAlone(one);
    },
  };
};

/** A record whose window has closed without a partner. */
interface Alone {
  readonly closesMs: number;
  readonly port: number;
  readonly key: string;
  readonly timeMs: number;
  readonly record: Held;
}

const collectAlone = (side: Side, port: number, boundMs: number, into: Alone[]): void => {
  for (const timeMs of side.held.times(undefined, boundMs)) {
    for (const [key, records] of side.held.at(timeMs)) {
      for (const record of records) {
        if (record.matched) continue;
        into.push({ closesMs: timeMs + side.openMs, port, key, timeMs, record });
      }
    }
  }
};

/** By what they are, so that a replay hands them on in the same order. */
const inOrderOfClosing = (one: Alone, other: Alone): number =>
  one.closesMs - other.closesMs ||
  one.port - other.port ||
  compareTexts(one.key, other.key) ||
  compareValues(one.record.value, other.record.value);
