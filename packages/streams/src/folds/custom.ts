import type { RecordInfo } from '../record-info.ts';
import type { Fold } from './fold.ts';

/** A fold as its author writes it. */
export interface CustomFold<V, R, A> {
  /** The accumulator of no records: a plain value, a new one at each call if it is changed in place. */
  init(): A;
  /**
   * The accumulator with one more record. A new one, or the same changed in place: then it must not throw
   * once it has begun to change it.
   */
  add(accumulator: A, value: V, info: RecordInfo): A;
  /** Two accumulators as one; must not change `from`. */
  merge?(into: A, from: A): A;
  /** The accumulator itself when left out. */
  result?(accumulator: A): R;
  /** Changes when accumulators of before mean something else: their state is not used any more. */
  readonly shape?: string;
  /**
   * The order of records and of merging does not change a bit of the result; false when left out. Partial
   * results before a repartition are made only of folds that say so.
   */
  readonly exact?: boolean;
}

/** A fold of one's own. Without `merge` records that must be merged are kept until their window closes. */
export const fold = <V, A, R = A>(custom: CustomFold<V, R, A>): Fold<V, R, A> => {
  const { init, add, merge, result, shape = 'v1', exact = false } = custom;
  return {
    shape: `custom:${shape}`,
    exact: exact && merge !== undefined,
    init,
    add: (accumulator, selected, info) => add(accumulator, selected as V, info),
    ...(merge !== undefined && { merge }),
    result: result ?? ((accumulator) => accumulator as never),
  };
};
