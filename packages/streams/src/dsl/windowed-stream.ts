import type { Folds, ResultsOf } from '../folds/fold.ts';
import { slotFoldOf } from '../folds/slot-fold.ts';
import { addWindowAggregate } from '../windows/add-window-aggregate.ts';
import type { WindowResult } from '../windows/window-result.ts';
import { at, type Place, placed } from './place.ts';
import type { AggregateOptions, KeyedStream, LateRecord, StreamMaker } from './stream.ts';

/** The output of late records, of an aggregate and of a combiner. */
const LATE_PORT = 1;

/** The methods of a keyed stream that put records together. */
export const windowMethods = <V>(
  place: Place,
  make: StreamMaker,
): Pick<KeyedStream<V>, 'window'> => ({
  window: (window) => ({
    aggregate<F extends Folds<V>>(folds: F, { emit = 'final', name }: AggregateOptions = {}) {
      const fold = slotFoldOf(folds as Folds<never>);
      const { output, judge } = addWindowAggregate(place, { window, fold, emit }, name);
      type Result = WindowResult<ResultsOf<F>>;
      return {
        ...make.keyed<Result>(placed(place.graph, output)),
        late: () => make.keyed<LateRecord<V>>(at(judge, { ...judge.output, port: LATE_PORT })),
      };
    },
  }),
});
