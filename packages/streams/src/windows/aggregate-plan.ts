import { type Slot, type SlotFold, slotCodecOf } from '../folds/slot-fold.ts';
import type { TimedStoreSpec } from '../stores/store.ts';
import type { Emission } from './emission.ts';
import type { TimeWindow } from './window-kinds.ts';

/** How an aggregate over windows is asked for, whatever their kind. */
export interface AggregatePlan<W> {
  readonly window: W;
  readonly fold: SlotFold;
  readonly emit: Emission;
  /** `partials`: what comes is made by a combiner before the repartition. */
  readonly input: 'records' | 'partials';
}

/**
 * What makes the state of an aggregate another one: also whether partial results come to it, since some may be
 * on their way when the transform is changed.
 */
export const aggregateShape = (
  window: string,
  { fold, input }: Pick<AggregatePlan<unknown>, 'fold' | 'input'>,
): string => `${window} ${fold.shape}${input === 'partials' ? ' combined' : ''}`;

/** A store of slots by time. */
export const slotStore = (name: string, fold: SlotFold): TimedStoreSpec<Slot> => {
  const codec = slotCodecOf(fold);
  return {
    name,
    kind: 'timed',
    shape: fold.shape,
    show: fold.result,
    slots: fold,
    ...(codec !== undefined && { codec }),
  };
};

export const timeWindowShape = ({ sizeMs, advanceMs }: TimeWindow): string =>
  `time ${sizeMs} ${advanceMs}`;
