import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import { isTakenBy, type SlidingEntry } from './sliding-entries.ts';

/** The sliding windows that the records of one key make, from entries that were read once. */
export interface KeyTimeline {
  /** Ends of the windows that end after `afterMs`, up to `toMs`, in order. */
  ends(afterMs: number, toMs: number): readonly number[];
  /** Ends, after `afterMs`, of the windows that records of this time have changed, or made where they are the first. */
  changedEnds(afterMs: number, timeMs: number, isFirst: boolean): readonly number[];
  /** What the window that ends here has in it; undefined when that is nothing. */
  slotOf(endMs: number): Slot | undefined;
}

// No window lies across 1970: the first records of all share one that begins there, as in Kafka Streams.
export const leftEndOf = (timeMs: number, differenceMs: number): number =>
  timeMs >= 0 && timeMs < differenceMs ? differenceMs : timeMs;

export const rightEndOf = (timeMs: number, differenceMs: number): number =>
  timeMs + 1 + differenceMs;

/** `entries`: ascending, all that the windows that will be asked for are made from and have in them. */
export const createKeyTimeline = (
  entries: readonly (readonly [timeMs: number, entry: SlidingEntry])[],
  differenceMs: number,
  fold: SlotFold,
): KeyTimeline => {
  /** The position of the first entry that is not before. */
  const positionOf = (timeMs: number): number => {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]![0] < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const endsMade = (
    fromMs: number,
    toMs: number,
    isWanted: (endMs: number) => boolean,
  ): readonly number[] => {
    const ends = new Set<number>();
    for (let at = positionOf(fromMs); at < entries.length && entries[at]![0] <= toMs; at += 1) {
      const [timeMs, entry] = entries[at]!;
      const leftMs = leftEndOf(timeMs, differenceMs);
      const rightMs = rightEndOf(timeMs, differenceMs);
      if (isWanted(leftMs) && isTakenBy(entry, leftMs)) ends.add(leftMs);
      if (isWanted(rightMs)) ends.add(rightMs);
    }
    return [...ends].sort((one, other) => one - other);
  };

  return {
    ends: (afterMs, toMs) =>
      endsMade(afterMs - differenceMs - 1, toMs, (endMs) => endMs > afterMs && endMs <= toMs),
    changedEnds: (afterMs, timeMs, isFirst) =>
      endsMade(
        timeMs - differenceMs - 1,
        timeMs + differenceMs,
        (endMs) =>
          endMs > afterMs &&
          ((endMs - differenceMs <= timeMs && timeMs <= endMs) ||
            (isFirst && endMs === rightEndOf(timeMs, differenceMs))),
      ),
    slotOf(endMs) {
      let whole: Slot | undefined;
      let at = positionOf(endMs - differenceMs);
      for (; at < entries.length && entries[at]![0] <= endMs; at += 1) {
        for (const { fromEndMs, slot } of entries[at]![1]) {
          if (fromEndMs !== null && fromEndMs > endMs) continue;
          whole ??= fold.create();
          fold.merge(whole, slot);
        }
      }
      return whole;
    },
  };
};
