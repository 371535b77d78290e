import type { SlotFold } from '../folds/slot-fold.ts';
import type { OperatorContext } from '../operator.ts';
import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import type { KeyedStore, KeyedStoreSpec } from '../stores/store.ts';
import type { Emission } from './emission.ts';
import type { Reached } from './reached.ts';
import { sendResult } from './send-result.ts';
import type { SlidingResult, SlidingState, TellTouched } from './sliding-state.ts';
import { updateSchedule } from './update-schedule.ts';
import type { SlidingWindow } from './window-kinds.ts';

/** Hands on the results of sliding windows, as the emission asks for. */
export interface SlidingOutput {
  /** Records of this key and time have come. */
  readonly touched: TellTouched;
  /** `closedMs`: windows that end later are open. */
  commit(closedMs: number): void;
  beforeClose(closedMs: number): void;
  /** Answers whether there was any. */
  close(ended: readonly SlidingResult[]): boolean;
}

/** Times of a key, and whether records of that time are the first. */
export type TouchedTimes = Record<number, boolean>;

export interface SlidingOutputOptions {
  readonly context: OperatorContext;
  readonly fold: SlotFold;
  readonly emit: Emission;
  readonly pendingSpec: KeyedStoreSpec<TouchedTimes> | undefined;
  readonly reached: Reached;
  /** How far results may lie behind the operator's watermark. */
  readonly delayMs: number;
  readonly state: SlidingState;
  readonly window: SlidingWindow;
}

export const createSlidingOutput = (options: SlidingOutputOptions): SlidingOutput => {
  const { context, fold, reached, delayMs, state, pendingSpec } = options;
  const { differenceMs } = options.window;
  const schedule = updateSchedule(options.emit);
  const pending: KeyedStore<TouchedTimes> = pendingSpec
    ? context.keyed(pendingSpec)
    : createMemoryKeyedStore();

  const send = ({ key, endMs, slot }: SlidingResult, watermarkMs: number): void => {
    const window = { startMs: endMs - differenceMs, endMs };
    sendResult(context, fold, { key, window, slot, timeMs: slot.maxMs, watermarkMs });
  };

  const sendUpdates = (closedMs: number): void => {
    for (const [key, times] of [...pending.entries()]) {
      const sorted = Object.keys(times)
        .map(Number)
        .sort((one, other) => one - other);
      const windows = state.timeline(key, sorted[0]!, sorted.at(-1)!);
      const changed = new Set<number>();
      for (const timeMs of sorted) {
        for (const endMs of windows.changedEnds(closedMs, timeMs, times[timeMs]!))
          changed.add(endMs);
      }
      for (const endMs of [...changed].sort((one, other) => one - other)) {
        const slot = windows.slotOf(endMs);
        if (slot !== undefined) send({ key, endMs, slot }, reached.watermarkMs - delayMs);
      }
      pending.delete(key);
    }
  };

  return {
    touched(key, timeMs, isFirst) {
      if (!schedule.wanted) return;
      const times = pending.get(key) ?? {};
      times[timeMs] = isFirst || (times[timeMs] ?? false);
      pending.set(key, times);
    },
    commit(closedMs) {
      if (schedule.wanted && schedule.isDue(context.nowMs())) sendUpdates(closedMs);
    },
    beforeClose(closedMs) {
      if (schedule.wanted && !schedule.finals) sendUpdates(closedMs);
    },
    close(ended) {
      if (schedule.finals) for (const result of ended) send(result, result.slot.maxMs);
      return ended.length > 0;
    },
  };
};
