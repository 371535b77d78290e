import type { RecordInfo } from '../record-info.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/**
 * How many records become one result. What it keeps meanwhile, the accumulator, must be a plain value
 * (numbers, texts, bigints, booleans, null, Uint8Array, arrays and objects of those), so that it survives in
 * a store; it may be changed in place.
 */
// biome-ignore lint/suspicious/noExplicitAny: an accumulator is known to its own fold only.
export interface Fold<V, R, A = any> {
  /** What the accumulator is, e.g. `count:v1`. State of another shape is not read as this one. */
  readonly shape: string;
  /**
   * Neither the order of records nor merging parts in any order changes a bit of the result: what makes
   * results the same however partitions interleave, and partial results before a repartition possible.
   */
  readonly exact: boolean;
  init(): A;
  /**
   * Takes from a record what `add` needs. User code belongs here: it runs before anything has changed, so
   * that a record for which it throws leaves nothing behind. `add` is given the record itself without it.
   */
  select?(value: V, info: RecordInfo): unknown;
  add(accumulator: A, selected: unknown, info: RecordInfo): A;
  /** Both as one; may change `into`, never `from`. Without it records are kept until a window closes where parts must be merged. */
  merge?(into: A, from: A): A;
  result(accumulator: A): R;
  /** A compact form for stores and repartition topics; MessagePack of the plain value without it. */
  readonly bytes?: FoldBytes<A>;
}

export interface FoldBytes<A> {
  write(accumulator: A, to: StateWriter): void;
  read(from: StateReader): A;
}

/** Folds by the name that their results get. */
export type Folds<V> = Readonly<Record<string, Fold<V, unknown>>>;

/** The object of results of named folds. */
export type ResultsOf<F> = {
  readonly [Name in keyof F]: F[Name] extends Fold<never, infer R> ? R : never;
};
