import { coPartitioned, type Place } from '../dsl/place.ts';
import type { SlotFold } from '../folds/slot-fold.ts';
import type { OutputRef } from '../graph/graph.ts';
import type { OperatorSpec } from '../operator.ts';
import type { ValueCodec } from '../stores/store.ts';
import type { AggregatePlan } from './aggregate-plan.ts';

/** An aggregate in the graph. */
export interface AddedAggregate {
  readonly output: OutputRef;
  /** Where records are judged late: the aggregate itself, or the combiner before it. */
  readonly judge: Place;
}

/** The operators that make up an aggregate of one kind. */
export interface AggregateOperators {
  /** Of the aggregate; its name when it is given none. */
  readonly kind: string;
  readonly fold: SlotFold;
  aggregate(name: string, input: AggregatePlan<unknown>['input']): OperatorSpec;
  /** Makes partial results before a repartition. Absent where there are none. */
  readonly combiner?: {
    /** `operator`: the name of the aggregate, once it has one. */
    create(operator: () => string): OperatorSpec;
    /** How partial results of such folds are written; undefined: as MessagePack. */
    codecOf(fold: SlotFold): ValueCodec<unknown> | undefined;
  };
}

/**
 * Puts the operators of an aggregate into the graph. Records that must change partition are combined before,
 * where merging partial results in any order changes nothing.
 */
export const addAggregate = (
  place: Place,
  operators: AggregateOperators,
  name?: string,
): AddedAggregate => {
  const { graph } = place;
  const { kind, fold, combiner } = operators;
  if (place.keying !== 'moved' || combiner === undefined || !fold.exact || !fold.mergeable) {
    const placed = coPartitioned(place);
    const make = (own: string) => operators.aggregate(own, 'records');
    const output = graph.operator(kind, make, [placed.output], name);
    return { output, judge: { ...placed, output } };
  }
  let operator = kind;
  const combined = graph.operator(
    'combine',
    () => combiner.create(() => operator),
    [place.output],
    name && `${name}-combine`,
  );
  const codec = combiner.codecOf(fold);
  const codecs = { codecOf: combiner.codecOf, ...(codec !== undefined && { codec }) };
  const moved = graph.repartition(combined, codecs, name && `${name}-repartition`);
  const make = (own: string) => {
    operator = own;
    return operators.aggregate(own, 'partials');
  };
  const output = graph.operator(kind, make, [moved], name);
  return { output, judge: { ...place, output: combined } };
};
