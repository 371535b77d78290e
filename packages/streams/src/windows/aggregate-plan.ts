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

/** A store of slots by time. */
export const slotStore = (name: string, fold: SlotFold): TimedStoreSpec<Slot> => {
  const codec = slotCodecOf(fold);
  return {
    name,
    kind: 'timed',
    shape: fold.shape,
    show: fold.result,
    ...(codec !== undefined && { codec }),
  };
};

/** What makes the state of a time window another one. */
export const timeWindowShape = ({ sizeMs, advanceMs }: TimeWindow, fold: SlotFold): string =>
  `time ${sizeMs} ${advanceMs} ${fold.shape}`;
