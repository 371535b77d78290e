import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { OperatorContext } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import type { Emission } from './emission.ts';
import { createPendingUpdates } from './pending-updates.ts';
import type { Reached } from './reached.ts';
import { sendResult } from './send-result.ts';
import { updateSchedule } from './update-schedule.ts';
import { byKey } from './window-result.ts';

/** Hands on the results of windows of one size, as the emission asks for. */
export interface WindowOutput {
  /** Changes of windows that are still open are to be told. */
  readonly wantsChanges: boolean;
  changed(startMs: number, key: string): void;
  /** At a commit: the changes, when it is time for them. */
  commit(): void;
  /** Windows are about to close: what has changed in them must not be lost. */
  beforeClose(): void;
  /** A window has closed, with these keys in it. */
  close(startMs: number, slots: () => Iterable<readonly [key: string, slot: Slot]>): void;
}

export type VisitSlot = (startMs: number, slot: Slot) => void;

export interface WindowOutputOptions {
  readonly context: OperatorContext;
  readonly fold: SlotFold;
  readonly emit: Emission;
  readonly pendingSpec: KeyedStoreSpec<number[]> | undefined;
  readonly sizeMs: number;
  /** How far results may lie behind the operator's watermark. */
  readonly delayMs: number;
  readonly reached: Reached;
  /** What those of a key's windows come to that are still open; starts ascending. */
  slotsOf(key: string, starts: readonly number[], visit: VisitSlot): void;
}

export const createWindowOutput = (options: WindowOutputOptions): WindowOutput => {
  const { context, fold, sizeMs, delayMs, slotsOf, pendingSpec } = options;
  const schedule = updateSchedule(options.emit);
  const pending = createPendingUpdates(pendingSpec && context.keyed(pendingSpec));

  const send = (startMs: number, key: string, slot: Slot, timeMs: number, watermarkMs: number) => {
    const window = { startMs, endMs: startMs + sizeMs };
    sendResult(context, fold, { key, window, slot, timeMs, watermarkMs });
  };

  const sendUpdates = (): void => {
    const watermarkMs = options.reached.watermarkMs - delayMs;
    pending.take((key, starts) =>
      slotsOf(key, starts, (startMs, slot) => send(startMs, key, slot, slot.maxMs, watermarkMs)),
    );
  };

  return {
    wantsChanges: schedule.wanted,
    changed: (startMs, key) => pending.add(startMs, key),
    commit() {
      if (schedule.wanted && schedule.isDue(context.nowMs())) sendUpdates();
    },
    beforeClose() {
      if (!schedule.finals) sendUpdates();
    },
    close(startMs, slots) {
      if (!schedule.finals) return;
      const timeMs = startMs + sizeMs - 1;
      for (const [key, slot] of byKey(slots())) send(startMs, key, slot, timeMs, timeMs);
    },
  };
};

/** How far the results of time windows may lie behind the watermark of their operator, ms. */
export const resultDelayMs = (
  emit: Emission,
  { sizeMs, graceMs }: { readonly sizeMs: number; readonly graceMs: number },
): number => (emit === 'final' ? graceMs : graceMs + sizeMs);
