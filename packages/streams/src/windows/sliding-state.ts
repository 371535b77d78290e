import type { Flow } from '../flow.ts';
import { isEmpty, type Slot, type SlotFold } from '../folds/slot-fold.ts';
import type { TimedStore } from '../stores/store.ts';
import { createKeyTimers } from './key-timers.ts';
import { isTakenBy, type SlidingEntry, slotFrom } from './sliding-entries.ts';

/** A sliding window of a key, named by its end, which is in it. */
export interface SlidingResult {
  readonly key: string;
  readonly endMs: number;
  readonly slot: Slot;
}

/** `isFirst`: there were none of this key and time before. */
export type TellTouched = (key: string, timeMs: number, isFirst: boolean) => void;

/** The records of all keys, and the windows that they make. */
export interface SlidingState {
  /** `fromEndMs`: of the first window that takes the record, where not all do. */
  add(key: string, flow: Flow, fromEndMs: number | null): void;
  /** Before this no window ends. */
  earliestEndMs(): number;
  /** Ends of the windows of a key that end after `afterMs`, up to `toMs`. */
  ends(key: string, afterMs: number, toMs: number): readonly number[];
  /** Ends, after `afterMs`, of those windows that records of this time have changed, or made where they are the first. */
  changedEnds(key: string, afterMs: number, timeMs: number, isFirst: boolean): readonly number[];
  /** What a window has in it; undefined when that is nothing. */
  slotOf(key: string, endMs: number): Slot | undefined;
  /** The windows that end after `afterMs`, up to `toMs`: each is taken once. */
  takeEnded(afterMs: number, toMs: number): readonly SlidingResult[];
  /** Writes what was added to the store, and tells of it. */
  writeBack(touched: TellTouched): void;
  forgetBefore(timeMs: number): void;
}

/** Timers are kept in this many groups a window. */
const GROUPS_PER_WINDOW = 16;

export const createSlidingState = (
  store: TimedStore<SlidingEntry>,
  differenceMs: number,
  fold: SlotFold,
): SlidingState => {
  const touched = new Map<string, Map<number, SlidingEntry>>();
  const timers = createKeyTimers(Math.max(1, Math.floor(differenceMs / GROUPS_PER_WINDOW)));
  let timersAreSet = false;

  // No window lies across 1970: the first records of all share one that begins there, as in Kafka Streams.
  const leftEndOf = (timeMs: number): number =>
    timeMs >= 0 && timeMs < differenceMs ? differenceMs : timeMs;
  const rightEndOf = (timeMs: number): number => timeMs + 1 + differenceMs;

  const setTimers = (key: string, timeMs: number): void => {
    timers.set(leftEndOf(timeMs), key);
    timers.set(rightEndOf(timeMs), key);
  };

  const setAllTimers = (): void => {
    if (timersAreSet) return;
    timersAreSet = true;
    for (const timeMs of store.times())
      for (const [key] of store.at(timeMs)) setTimers(key, timeMs);
  };

  const entryOf = (key: string, timeMs: number): SlidingEntry => {
    let entries = touched.get(key);
    if (entries === undefined) {
      entries = new Map();
      touched.set(key, entries);
    }
    let entry = entries.get(timeMs);
    if (entry === undefined) {
      entry = store.get(timeMs, key) ?? [];
      if (entry.length === 0) setTimers(key, timeMs);
      entries.set(timeMs, entry);
    }
    return entry;
  };

  /** Ends of the windows that records of these times make. */
  const endsMadeFrom = (key: string, fromMs: number, toMs: number): Set<number> => {
    const ends = new Set<number>();
    for (const [timeMs, entry] of store.keyTimes(key, fromMs, toMs + 1)) {
      const leftMs = leftEndOf(timeMs);
      if (isTakenBy(entry, leftMs)) ends.add(leftMs);
      ends.add(rightEndOf(timeMs));
    }
    return ends;
  };

  const inOrder = (ends: Iterable<number>, isWanted: (endMs: number) => boolean): number[] =>
    [...ends].filter(isWanted).sort((one, other) => one - other);

  const ends: SlidingState['ends'] = (key, afterMs, toMs) =>
    inOrder(
      endsMadeFrom(key, afterMs - differenceMs - 1, toMs),
      (endMs) => endMs > afterMs && endMs <= toMs,
    );

  const changedEnds: SlidingState['changedEnds'] = (key, afterMs, timeMs, isFirst) =>
    inOrder(
      endsMadeFrom(key, timeMs - differenceMs - 1, timeMs + differenceMs),
      (endMs) =>
        endMs > afterMs &&
        ((endMs - differenceMs <= timeMs && timeMs <= endMs) ||
          (isFirst && endMs === rightEndOf(timeMs))),
    );

  const slotOf: SlidingState['slotOf'] = (key, endMs) => {
    let whole: Slot | undefined;
    for (const [, entry] of store.keyTimes(key, endMs - differenceMs, endMs + 1)) {
      for (const { fromEndMs, slot } of entry) {
        if (fromEndMs !== null && fromEndMs > endMs) continue;
        whole ??= fold.create();
        fold.merge(whole, slot);
      }
    }
    return whole;
  };

  return {
    add(key, flow, fromEndMs) {
      setAllTimers();
      fold.add(slotFrom(entryOf(key, flow.timeMs), fromEndMs, fold), flow);
    },
    earliestEndMs() {
      setAllTimers();
      return timers.earliestMs;
    },
    ends,
    changedEnds,
    slotOf,
    takeEnded(afterMs, toMs) {
      const ended: SlidingResult[] = [];
      for (const key of timers.take(toMs)) {
        for (const endMs of ends(key, afterMs, toMs)) {
          const slot = slotOf(key, endMs);
          if (slot !== undefined) ended.push({ key, endMs, slot });
        }
      }
      return ended.sort((one, other) => one.endMs - other.endMs || (one.key < other.key ? -1 : 1));
    },
    writeBack(tell) {
      for (const [key, entries] of touched) {
        for (const [timeMs, entry] of entries) {
          const taken = entry.filter(({ slot }) => !isEmpty(slot));
          if (taken.length === 0) continue;
          const isFirst = store.get(timeMs, key) === undefined;
          store.set(timeMs, key, taken);
          tell(key, timeMs, isFirst);
        }
      }
      touched.clear();
    },
    forgetBefore: (timeMs) => store.dropBefore(timeMs),
  };
};
