import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { TimedStore } from '../stores/store.ts';
import { laggardKey, ofLaggardKey } from './laggards.ts';
import { createPaneCombination } from './pane-combination.ts';
import { timePanes } from './time-panes.ts';
import type { TimeWindow } from './window-kinds.ts';
import type { VisitSlot } from './window-output.ts';

/** What windows come to, from their panes and from the laggards in them. */
export interface PaneResults {
  /** Every key of a window that closes, windows in order; slots must not be changed. */
  window(startMs: number): Iterable<readonly [key: string, slot: Slot]>;
  /** What windows of a key that are still open come to; starts ascending. */
  open(key: string, starts: readonly number[], visit: VisitSlot): void;
}

interface PaneResultsOptions {
  readonly window: TimeWindow;
  readonly fold: SlotFold;
  readonly panes: TimedStore<Slot>;
  readonly laggards: TimedStore<Slot>;
}

export const createPaneResults = (options: PaneResultsOptions): PaneResults => {
  const { window, fold, laggards } = options;
  const { sizeMs, advanceMs } = window;
  const { paneMs, at } = timePanes(window);
  const combination = createPaneCombination(sizeMs, fold, options.panes);

  const withLaggards = (
    startMs: number,
    slots: Iterable<readonly [key: string, slot: Slot]>,
  ): ReadonlyMap<string, Slot> => {
    const all = new Map(slots);
    const own = new Set<string>();
    for (const timeMs of laggards.times(startMs, startMs + sizeMs)) {
      for (const [laggard, slot] of laggards.at(timeMs)) {
        const { firstStartMs, key } = ofLaggardKey(laggard);
        if (firstStartMs > startMs) continue;
        if (!own.has(key)) {
          const copy = fold.create();
          if (all.has(key)) fold.merge(copy, all.get(key)!);
          all.set(key, copy);
          own.add(key);
        }
        fold.merge(all.get(key)!, slot);
      }
    }
    return all;
  };

  const mergeLaggards = (into: Slot, timeMs: number, startMs: number, key: string): void => {
    const { firstStartMs } = at(timeMs);
    for (let from = firstStartMs + advanceMs; from <= startMs; from += advanceMs) {
      const slot = laggards.get(timeMs, laggardKey(from, key));
      if (slot !== undefined) fold.merge(into, slot);
    }
  };

  return {
    window(startMs) {
      const slots = combination.window(startMs);
      return laggards.size === 0 ? slots : withLaggards(startMs, slots);
    },
    open(key, starts, visit) {
      const firstMs = starts[0] ?? 0;
      // Neighbouring windows have most of their panes in common: each is asked for once.
      const slots: (Slot | undefined)[] = [];
      let loadedToMs = firstMs;
      for (const startMs of starts) {
        for (; loadedToMs < startMs + sizeMs; loadedToMs += paneMs) {
          slots.push(options.panes.get(loadedToMs, key));
        }
        const whole = fold.create();
        const from = (startMs - firstMs) / paneMs;
        const untilMs = startMs < 0 ? Math.min(startMs + sizeMs, 0) : startMs + sizeMs;
        for (let at = from; at < (untilMs - firstMs) / paneMs; at += 1) {
          const slot = slots[at];
          if (slot !== undefined) fold.merge(whole, slot);
          if (laggards.size > 0) mergeLaggards(whole, firstMs + at * paneMs, startMs, key);
        }
        visit(startMs, whole);
      }
    },
  };
};
