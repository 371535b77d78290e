/**
 * Where partitions ended at moments of the past, so that the age of a record follows from its offset. Idea: Lightbend's
 * kafka-lag-exporter (a table of offset and time, linear between two points, extrapolated outside), with two rings: each
 * round of the last minutes, and a point a minute behind them. All in columns: no object is made for a partition.
 */
import type { PartitionLayout } from '@millrace/kafka';

/** When a record was written: between these moments, most likely at `atMs`. */
export interface WrittenAt {
  readonly atMs: number;
  /** -Infinity: written before the first sample. */
  readonly afterMs: number;
  readonly beforeMs: number;
}

export interface EndSamples {
  /** The newest ends; NaN where it is not known. */
  readonly now: Float64Array;
  /** Takes another layout over: what is known of a topic stays with it; one that was made again begins anew. */
  follow(layout: PartitionLayout): void;
  add(atMs: number, ends: Float64Array): void;
  /** Undefined: never seen, or not written yet. @param index of the partition in the layout */
  writtenAt(index: number, offset: number): WrittenAt | undefined;
  /** How many offsets a second partitions grew by over the last so many ms; null where two samples are missing. */
  perSecond(first: number, partitions: number, spanMs: number): number | null;
}

const RECENT = 61;
const MINUTES_MAX = 181;
const MINUTES_MIN = 10;
const MINUTE_MS = 60_000;
/** Of the points a minute, all partitions together: 24 MB. Fewer minutes where there are many partitions. */
const MINUTE_POINTS_MAX = 3_000_000;

interface Ring {
  /** Moments, the newest at `newest`; NaN where there is none yet. */
  readonly times: Float64Array;
  /** A row for each partition. */
  ends: Float64Array;
  newest: number;
}

const ringOf = (length: number, partitions: number): Ring => ({
  times: new Float64Array(length).fill(Number.NaN),
  ends: new Float64Array(length * partitions).fill(Number.NaN),
  newest: 0,
});

const addTo = (ring: Ring, atMs: number, ends: Float64Array): void => {
  const { length } = ring.times;
  ring.newest = (ring.newest + 1) % length;
  ring.times[ring.newest] = atMs;
  for (let index = 0; index < ends.length; index += 1)
    ring.ends[index * length + ring.newest] = ends[index]!;
};

/** Of a longer or shorter ring too: its newest points stay. */
const carryOver = (from: Ring, to: Ring, before: PartitionLayout, after: PartitionLayout): void => {
  const [fromLength, toLength] = [from.times.length, to.times.length];
  const kept = Math.min(fromLength, toLength);
  const fromAt = (back: number) => (from.newest - back + fromLength) % fromLength;
  to.newest = kept - 1;
  for (let back = 0; back < kept; back += 1) to.times[kept - 1 - back] = from.times[fromAt(back)]!;
  for (const place of after.topics.values()) {
    const old = before.topics.get(place.name);
    if (old?.topicId !== place.topicId) continue;
    const partitions = Math.min(old.partitions, place.partitions);
    for (let partition = 0; partition < partitions; partition += 1) {
      const source = (old.first + partition) * fromLength;
      const target = (place.first + partition) * toLength;
      for (let back = 0; back < kept; back += 1)
        to.ends[target + kept - 1 - back] = from.ends[source + fromAt(back)]!;
    }
  }
};

const noLayout: PartitionLayout = {
  ...{ topics: new Map(), partitions: 0, leaders: new Int32Array(0) },
};

export const createEndSamples = (): EndSamples => {
  let layout = noLayout;
  let recent = ringOf(RECENT, 0);
  let minutes = ringOf(MINUTES_MIN, 0);
  let now = new Float64Array(0);

  /** Walks back from the newest sample. */
  const writtenAt = (index: number, offset: number): WrittenAt | undefined => {
    let afterMs = Number.NaN;
    let after = Number.NaN;
    for (const ring of [recent, minutes]) {
      const { length } = ring.times;
      for (let back = 0; back < length; back += 1) {
        const slot = (ring.newest - back + length) % length;
        const time = ring.times[slot]!;
        const end = ring.ends[index * length + slot]!;
        // a gap, or a minute that the recent ones have covered
        if (Number.isNaN(time) || Number.isNaN(end) || time >= afterMs) continue;
        if (end > offset) {
          [afterMs, after] = [time, end];
          continue;
        }
        if (Number.isNaN(after)) return undefined;
        const share = (offset + 0.5 - end) / (after - end);
        return { atMs: time + share * (afterMs - time), afterMs: time, beforeMs: afterMs };
      }
    }
    if (Number.isNaN(after)) return undefined;
    const newest = recent.times[recent.newest]!;
    const rate = (now[index]! - after) / (newest - afterMs);
    const atMs = rate > 0 ? afterMs - (after - offset) / rate : afterMs;
    return { atMs, afterMs: Number.NEGATIVE_INFINITY, beforeMs: afterMs };
  };

  const perSecond = (first: number, partitions: number, spanMs: number): number | null => {
    const { times, ends, newest } = recent;
    let since = newest;
    for (let back = 1; back < RECENT; back += 1) {
      const slot = (newest - back + RECENT) % RECENT;
      if (!(times[newest]! - times[slot]! <= spanMs)) break;
      since = slot;
    }
    if (since === newest) return null;
    let grown = 0;
    let known = 0;
    for (let index = first; index < first + partitions; index += 1) {
      const by = ends[index * RECENT + newest]! - ends[index * RECENT + since]!;
      if (Number.isNaN(by)) continue;
      known += 1;
      grown += Math.max(0, by);
    }
    return known === 0 ? null : (grown * 1000) / (times[newest]! - times[since]!);
  };

  return {
    get now() {
      return now;
    },
    follow(next) {
      const { partitions } = next;
      const fitting = Math.floor(MINUTE_POINTS_MAX / Math.max(1, partitions));
      const length = Math.min(MINUTES_MAX, Math.max(MINUTES_MIN, fitting));
      const [newRecent, newMinutes] = [ringOf(RECENT, partitions), ringOf(length, partitions)];
      carryOver(recent, newRecent, layout, next);
      carryOver(minutes, newMinutes, layout, next);
      [recent, minutes, layout] = [newRecent, newMinutes, next];
      now = new Float64Array(partitions).fill(Number.NaN);
    },
    add(atMs, ends) {
      now = ends.slice();
      addTo(recent, atMs, ends);
      if (!(atMs - minutes.times[minutes.newest]! < MINUTE_MS)) addTo(minutes, atMs, ends);
    },
    writtenAt,
    perSecond,
  };
};
