import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { TimedStore } from '../stores/store.ts';
import { floorTo } from './time-panes.ts';

/**
 * What overlapping windows come to, from panes that do not change any more. Each window reaches over one
 * multiple of its size: what lies before it is taken from sums that were made backwards from there, what lies behind it
 * from one that grows, so a window costs each key about one merge however many panes it has (van Herk, "A Fast Algorithm for Local
 * Minimum and Maximum Filters", 1992, for any operation that is associative). Nothing of it is state: it is
 * made again from the panes after a restart.
 */
export interface PaneCombination {
  /** Every key in the window that begins here; slots must not be changed. Windows must be asked for in order. */
  window(startMs: number): Iterable<readonly [key: string, slot: Slot]>;
}

/** All panes of a key from one time up to the boundary. */
interface Suffix {
  readonly fromMs: number;
  readonly slot: Slot;
}

export const createPaneCombination = (
  sizeMs: number,
  fold: SlotFold,
  panes: TimedStore<Slot>,
): PaneCombination => {
  let boundaryMs = Number.NaN;
  /** By key; the longest last. */
  let suffixes = new Map<string, Suffix[]>();
  let prefixes = new Map<string, Slot>();
  let prefixToMs = Number.NaN;

  const merged = (one: Slot, other: Slot): Slot => {
    const slot = fold.create();
    fold.merge(slot, one);
    fold.merge(slot, other);
    return slot;
  };

  const begin = (startMs: number): void => {
    suffixes = new Map();
    prefixes = new Map();
    prefixToMs = boundaryMs;
    for (const fromMs of [...panes.times(startMs, boundaryMs)].reverse()) {
      for (const [key, slot] of panes.at(fromMs)) {
        const known = suffixes.get(key);
        if (known === undefined) suffixes.set(key, [{ fromMs, slot }]);
        else known.push({ fromMs, slot: merged(slot, known.at(-1)!.slot) });
      }
    }
  };

  const extendPrefixes = (toMs: number): void => {
    for (const timeMs of panes.times(prefixToMs, toMs)) {
      for (const [key, slot] of panes.at(timeMs)) {
        let prefix = prefixes.get(key);
        if (prefix === undefined) {
          prefix = fold.create();
          prefixes.set(key, prefix);
        }
        fold.merge(prefix, slot);
      }
    }
    prefixToMs = toMs;
  };

  const suffixFrom = (key: string, known: Suffix[], startMs: number): Slot | undefined => {
    while (known.length > 0 && known.at(-1)!.fromMs < startMs) known.pop();
    if (known.length === 0) suffixes.delete(key);
    return known.at(-1)?.slot;
  };

  return {
    *window(startMs) {
      const nextBoundaryMs = floorTo(startMs, sizeMs) + sizeMs;
      if (nextBoundaryMs !== boundaryMs) {
        boundaryMs = nextBoundaryMs;
        begin(startMs);
      }
      // A window that begins before 1970 has nothing of what lies behind.
      if (boundaryMs !== 0) extendPrefixes(startMs + sizeMs);
      for (const [key, known] of suffixes) {
        const suffix = suffixFrom(key, known, startMs);
        if (suffix === undefined) continue;
        const prefix = prefixes.get(key);
        yield [key, prefix === undefined ? suffix : merged(suffix, prefix)];
      }
      for (const [key, prefix] of prefixes) {
        if (!suffixes.has(key)) yield [key, prefix];
      }
    },
  };
};
