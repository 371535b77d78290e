import type { Folds } from '../folds/fold.ts';
import { slotCodecOf, slotFoldOf } from '../folds/slot-fold.ts';
import type { AggregateOperators } from './add-aggregate.ts';
import { combineKeys } from './combine-keys.ts';
import type { Emission } from './emission.ts';
import { runningAggregate } from './running-aggregate.ts';

/** The operators of an aggregate without windows. */
export const runningOperators = (folds: Folds<never>, emit: Emission): AggregateOperators => {
  const fold = slotFoldOf(folds);
  return {
    kind: 'aggregate',
    fold,
    aggregate: (name, input) => runningAggregate(name, fold, emit, input),
    combiner: { create: () => combineKeys(fold), codecOf: slotCodecOf },
  };
};
