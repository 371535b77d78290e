import { isEmpty, type Slot, type SlotFold } from '../folds/slot-fold.ts';
import type { TimedStore } from '../stores/store.ts';

/**
 * The slots that records have changed since the last commit, in front of their store: a record costs one
 * look-up, and the store hears of a slot once a commit, however many records it took.
 */
export interface TouchedSlots {
  /** The slot to be changed. */
  slot(timeMs: number, key: string): Slot;
  /** Visits what was touched, in the order in which it first was. */
  each(visit: (timeMs: number, key: string, slot: Slot) => void): void;
  /** Writes all to the store, and begins anew. */
  writeBack(): void;
  /** The smallest time touched; Infinity when nothing is. */
  readonly firstMs: number;
}

/** `store` undefined: slots begin empty and are kept nowhere else. */
export const createTouchedSlots = (
  fold: SlotFold,
  store: TimedStore<Slot> | undefined,
): TouchedSlots => {
  const byTime = new Map<number, Map<string, Slot>>();
  let currentMs = Number.NaN;
  let firstMs = Number.POSITIVE_INFINITY;
  let current = new Map<string, Slot>();

  const turnTo = (timeMs: number): void => {
    let slots = byTime.get(timeMs);
    if (slots === undefined) {
      slots = new Map();
      byTime.set(timeMs, slots);
      if (timeMs < firstMs) firstMs = timeMs;
    }
    currentMs = timeMs;
    current = slots;
  };

  const each: TouchedSlots['each'] = (visit) => {
    for (const [timeMs, slots] of byTime) {
      for (const [key, slot] of slots) if (!isEmpty(slot)) visit(timeMs, key, slot);
    }
  };

  return {
    slot(timeMs, key) {
      if (timeMs !== currentMs) turnTo(timeMs);
      let slot = current.get(key);
      if (slot === undefined) {
        slot = store?.get(timeMs, key) ?? fold.create();
        current.set(key, slot);
      }
      return slot;
    },
    each,
    writeBack() {
      if (store !== undefined) each((timeMs, key, slot) => store.set(timeMs, key, slot));
      byTime.clear();
      currentMs = Number.NaN;
      firstMs = Number.POSITIVE_INFINITY;
    },
    get firstMs() {
      return firstMs;
    },
  };
};
