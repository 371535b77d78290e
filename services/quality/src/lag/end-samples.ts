/**
 * Where partitions ended at moments of the past, so that the age of a record follows from its offset. Idea: Lightbend's
 * kafka-lag-exporter (a table of offset and time, linear between two points, extrapolated outside), with two rings: each
 * round of the last minutes, and a point a minute behind them. All in columns: no object is made for a partition.
 */
import type { PartitionLayout } from '@millrace/kafka';
import { carriedColumn, noLayout } from './carried-column.ts';

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
  /** Moments that there are: a young ring is not searched to its end. */
  count: number;
}

const ringOf = (length: number, partitions: number): Ring => ({
  times: new Float64Array(length).fill(Number.NaN),
  ends: new Float64Array(length * partitions).fill(Number.NaN),
  ...{ newest: 0, count: 0 },
});

const addTo = (ring: Ring, atMs: number, ends: Float64Array): void => {
  const { length } = ring.times;
  ring.newest = (ring.newest + 1) % length;
  ring.count = Math.min(length, ring.count + 1);
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
  to.count = Math.min(kept, from.count);
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

const slotOf = ({ times, newest }: Ring, back: number): number =>
  (newest - back + times.length) % times.length;

/** So many samples before the newest. */
const endAt = (ring: Ring, index: number, back: number): number =>
  ring.ends[index * ring.times.length + slotOf(ring, back)]!;

/** A sample that is known strictly between two, about in the middle; -1 when there is none. */
const knownBetween = (ring: Ring, index: number, after: number, before: number): number => {
  const middle = (after + before) >> 1;
  for (let back = middle; back < before; back += 1)
    if (!Number.isNaN(endAt(ring, index, back))) return back;
  for (let back = middle - 1; back > after; back -= 1)
    if (!Number.isNaN(endAt(ring, index, back))) return back;
  return -1;
};

export const createEndSamples = (): EndSamples => {
  let layout = noLayout;
  let recent = ringOf(RECENT, 0);
  let minutes = ringOf(MINUTES_MIN, 0);
  let now = new Float64Array(0);

  /** The samples around an offset; `nextMs` is NaN where there is none after it. Asked for each group and partition: no objects. */
  const found = { atMs: Number.NaN, end: 0, nextMs: Number.NaN, nextEnd: 0 };
  const takeBefore = (ring: Ring, index: number, back: number) => {
    found.atMs = ring.times[slotOf(ring, back)]!;
    found.end = endAt(ring, index, back);
  };
  const takeAfter = (ring: Ring, index: number, back: number) => {
    found.nextMs = ring.times[slotOf(ring, back)]!;
    found.nextEnd = endAt(ring, index, back);
  };
  /** True when the ring has a sample before the record; the one after it is in this ring, or what a newer ring had left. */
  const search = (ring: Ring, index: number, offset: number): boolean => {
    let before = Math.max(0, ring.count - 1);
    while (before > 0 && Number.isNaN(endAt(ring, index, before))) before -= 1;
    const oldest = endAt(ring, index, before);
    if (Number.isNaN(oldest)) return false;
    if (oldest > offset) {
      takeAfter(ring, index, before);
      return false;
    }
    let after = 0;
    while (after < before && Number.isNaN(endAt(ring, index, after))) after += 1;
    if (endAt(ring, index, after) <= offset) {
      takeBefore(ring, index, after);
      return true;
    }
    while (before - after > 1) {
      const middle = knownBetween(ring, index, after, before);
      if (middle < 0) break;
      if (endAt(ring, index, middle) > offset) after = middle;
      else before = middle;
    }
    takeBefore(ring, index, before);
    takeAfter(ring, index, after);
    return true;
  };

  const writtenAt = (index: number, offset: number): WrittenAt | undefined => {
    found.nextMs = Number.NaN;
    const isInside = search(recent, index, offset) || search(minutes, index, offset);
    const { atMs, end, nextMs, nextEnd } = found;
    if (Number.isNaN(nextMs)) return undefined;
    if (isInside) {
      const share = (offset + 0.5 - end) / (nextEnd - end);
      return { atMs: atMs + share * (nextMs - atMs), afterMs: atMs, beforeMs: nextMs };
    }
    const newest = recent.times[recent.newest]!;
    const rate = (now[index]! - nextEnd) / (newest - nextMs);
    const guess = rate > 0 ? nextMs - (nextEnd - offset) / rate : nextMs;
    return { atMs: guess, afterMs: Number.NEGATIVE_INFINITY, beforeMs: nextMs };
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
      now = carriedColumn(now, layout, next);
      [recent, minutes, layout] = [newRecent, newMinutes, next];
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
