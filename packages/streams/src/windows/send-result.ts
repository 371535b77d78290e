import type { Slot, SlotFold } from '../folds/slot-fold.ts';
import type { OperatorContext } from '../operator.ts';
import { resultFlow, type WindowBounds } from './window-result.ts';

/** A result that is about to be handed on. */
export interface ResultToSend {
  readonly key: string;
  readonly window: WindowBounds;
  readonly slot: Slot;
  readonly timeMs: number;
  readonly watermarkMs: number;
}

/**
 * Hands on what a window comes to. Where a fold of the user's own throws, it is told to the host as a failure
 * of that result; other results are handed on.
 */
export const sendResult = (
  context: OperatorContext,
  fold: SlotFold,
  { key, window, slot, timeMs, watermarkMs }: ResultToSend,
): void => {
  let value: unknown;
  try {
    value = fold.result(slot);
  } catch (error) {
    context.failed(resultFlow({ key, window, value: null }, timeMs, watermarkMs), error, undefined);
    return;
  }
  context.emit(resultFlow({ key, window, value }, timeMs, watermarkMs));
};
