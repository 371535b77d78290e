import type { Flow } from '../flow.ts';
import type { Operator, OperatorContext } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { TimedStore } from '../stores/store.ts';
import { compareTexts, compareValues } from '../value-order.ts';
import {
  behindAt,
  HELD_PLACES,
  type HeldRecords,
  hold,
  isMatchedAt,
  markMatchedAt,
  offsetAt,
  valueAt,
} from './held-records.ts';

/** One of the two streams. */
export interface JoinSide {
  /** By the beginning of their slice. */
  readonly held: TimedStore<HeldRecords>;
  /** The window of a record at t: partners from t - earlier to t + later, both inside. */
  readonly earlierMs: number;
  readonly laterMs: number;
  /** After t, this long, by the watermark, the record's window is closed. */
  readonly openMs: number;
  /** Records without a partner are handed on when their window closes. */
  readonly alone: boolean;
}

/** What the join of two streams goes by. */
export interface Joining {
  /** Of the operator. */
  readonly name: string;
  readonly combine: (left: unknown, right: unknown, info: RecordInfo) => unknown;
  /** How far results may lie behind the watermark. */
  readonly delayMs: number;
  readonly sliceMs: number;
}

/** The join at work: see `streamJoinOperator`. */
export const joinStreams = (
  { name, combine, delayMs, sliceMs }: Joining,
  { emit, late, skip, failed }: OperatorContext,
  sides: readonly [JoinSide, JoinSide],
): Operator => {
  const sliceOf = (timeMs: number): number => Math.floor(timeMs / sliceMs) * sliceMs;

  const pairOf = (key: string, port: number, flow: Flow, other: Flow): Flow => {
    const timeMs = Math.max(flow.timeMs, other.timeMs);
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
    const closesMs = flow.timeMs + own.openMs;
    const fromMs = flow.timeMs - own.earlierMs;
    const toMs = flow.timeMs + own.laterMs;
    const pairs: Flow[] = [];
    const matched: [sliceStartMs: number, records: HeldRecords, at: number][] = [];
    for (const [startMs, records] of other.held.keyTimes(key, sliceOf(fromMs), toMs + 1)) {
      for (let at = 0; at < records.length; at += HELD_PLACES) {
        const timeMs = startMs + offsetAt(records, at);
        if (timeMs < fromMs || timeMs > toMs || flow.watermarkMs > timeMs + other.openMs) continue;
        const watermarkMs = timeMs - behindAt(records, at);
        if (watermarkMs > closesMs) continue;
        const value = valueAt(records, at);
        pairs.push(pairOf(key, port, flow, { key, value, timeMs, watermarkMs }));
        if (other.alone && !isMatchedAt(records, at)) matched.push([startMs, records, at]);
      }
    }
    for (const [startMs, records, at] of matched) {
      markMatchedAt(records, at);
      other.held.set(startMs, key, records);
    }
    return pairs;
  };

  const keep = (key: string, side: JoinSide, flow: Flow, matched: boolean): void => {
    const { value, timeMs, watermarkMs } = flow;
    const startMs = sliceOf(timeMs);
    const records = side.held.get(startMs, key) ?? [];
    hold(records, { offsetMs: timeMs - startMs, behindMs: timeMs - watermarkMs, value, matched });
    side.held.set(startMs, key, records);
  };

  const handOnAlone = ({ port, flow }: Alone): void => {
    const { value, timeMs, watermarkMs } = flow;
    const key = flow.key!;
    const info = { key, timeMs };
    let joined: unknown;
    try {
      joined = port === 0 ? combine(value, null, info) : combine(null, value, info);
    } catch (error) {
      failed(flow, error);
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
      keep(key, side, flow, pairs.length > 0);
      for (const pair of pairs) emit(pair);
    },
    advance(watermarkMs) {
      const alone: Alone[] = [];
      sides.forEach((side, port) => {
        // The first slice that is still open for its last record.
        const boundMs = watermarkMs - side.openMs - sliceMs + 1;
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
  /** When its slice closes, but for what all slices have in common. */
  readonly closesMs: number;
  readonly port: number;
  readonly flow: Flow;
}

const collectAlone = (side: JoinSide, port: number, boundMs: number, into: Alone[]): void => {
  for (const startMs of side.held.times(undefined, boundMs)) {
    const closesMs = startMs + side.openMs;
    for (const [key, records] of side.held.at(startMs)) {
      for (let at = 0; at < records.length; at += HELD_PLACES) {
        if (isMatchedAt(records, at)) continue;
        const timeMs = startMs + offsetAt(records, at);
        const watermarkMs = timeMs - behindAt(records, at);
        const flow = { key, value: valueAt(records, at), timeMs, watermarkMs };
        into.push({ closesMs, port, flow });
      }
    }
  }
};

/** By what they are, so that a replay hands them on in the same order. */
const inOrderOfClosing = (one: Alone, other: Alone): number =>
  one.closesMs - other.closesMs ||
  one.port - other.port ||
  one.flow.timeMs - other.flow.timeMs ||
  compareTexts(one.flow.key!, other.flow.key!) ||
  compareValues(one.flow.value, other.flow.value);
