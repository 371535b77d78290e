import type { Folds, ResultsOf } from '../folds/fold.ts';
import { addAggregate } from '../windows/add-aggregate.ts';
import type { Emission } from '../windows/emission.ts';
import { runningOperators } from '../windows/running-operators.ts';
import type { WindowKind } from '../windows/window-kinds.ts';
import { windowOperators } from '../windows/window-operators.ts';
import type { KeyResult, WindowResult } from '../windows/window-result.ts';
import type { ContractId } from './contract-types.ts';
import { at, type Place, placed } from './place.ts';
import type {
  AggregateOptions,
  KeyedStream,
  LateRecord,
  StreamMaker,
  WindowOptions,
} from './stream.ts';

/** The output of late records, of an aggregate and of a combiner. */
const LATE_PORT = 1;

/** The methods of a keyed stream that put records together. */
export const windowMethods = <V>(
  place: Place,
  make: StreamMaker,
): Pick<KeyedStream<V>, 'window' | 'aggregate'> => ({
  aggregate<F extends Folds<V>>(folds: F, { emit = 'update', name }: AggregateOptions = {}) {
    const operators = runningOperators(folds as Folds<never>, emit);
    const { output } = addAggregate(place, operators, name);
    return make.keyed<KeyResult<ResultsOf<F>>>(placed(place.graph, output));
  },
  window: <W extends WindowKind>(window: W) => ({
    aggregate<F extends Folds<V>, E extends Emission, Id extends ContractId>(
      folds: F,
      options: WindowOptions<V, E, Id> = {},
    ) {
      const { emit = 'final', late: takesLate, name } = options;
      const operators = windowOperators(window, folds as Folds<never>, emit);
      const { output, judge } = addAggregate(place, operators, name);
      const late = () => make.keyed<LateRecord<V>>(at(judge, { ...judge.output, port: LATE_PORT }));
      if (typeof takesLate === 'function') takesLate(late());
      else if (takesLate !== undefined) late().to(takesLate as never);
      return { ...make.keyed<WindowResult<never>>(placed(place.graph, output)), late } as never;
    },
  }),
});
