import type { Flow } from '../flow.ts';
import { isEmpty, type Slot, type SlotFold } from '../folds/slot-fold.ts';
import type { TimedStore } from '../stores/store.ts';
import { createKeyTimeline, type KeyTimeline, leftEndOf, rightEndOf } from './key-timeline.ts';
import { createKeyTimers } from './key-timers.ts';
import { type SlidingEntry, slotFrom } from './sliding-entries.ts';

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
  /** The windows of a key that have any time from `fromMs` to `toMs` in them. */
  timeline(key: string, fromMs: number, toMs: number): KeyTimeline;
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

  const setTimers = (key: string, timeMs: number): void => {
    timers.set(leftEndOf(timeMs, differenceMs), key);
    timers.set(rightEndOf(timeMs, differenceMs), key);
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

  const timeline: SlidingState['timeline'] = (key, fromMs, toMs) => {
    const firstMs = fromMs - 2 * differenceMs - 1;
    // the last window that a record makes ends behind those that have it in them
    const entries = [...store.keyTimes(key, firstMs, rightEndOf(toMs, differenceMs) + 1)];
    return createKeyTimeline(entries, differenceMs, fold);
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
    timeline,
    takeEnded(afterMs, toMs) {
      const ended: SlidingResult[] = [];
      for (const key of timers.take(toMs)) {
        const windows = timeline(key, Math.max(afterMs, Number.MIN_SAFE_INTEGER), toMs);
        for (const endMs of windows.ends(afterMs, toMs)) {
          const slot = windows.slotOf(endMs);
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
