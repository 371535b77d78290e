import type { Duration } from '../durations.ts';
import type { LateInfo } from '../flow.ts';
import type { Folds, ResultsOf } from '../folds/fold.ts';
import type { KeyPart } from '../key-of.ts';
import type { EnrichInfo } from '../operators/enrich.ts';
import type { RecordInfo } from '../record-info.ts';
import type { Emission } from '../windows/emission.ts';
import type { WindowKind } from '../windows/window-kinds.ts';
import type { WindowResult } from '../windows/window-result.ts';
import type { ContractId, Fits, WriteOf } from './contract-types.ts';
import type { Place } from './place.ts';

/** How an operator is called in topics, metrics and the graph; without it it is called by kind and number. */
export interface Named {
  readonly name?: string;
}

/** Records on their way. Every method answers with a new stream; a stream may be read more than once. */
export interface Stream<V> {
  /** The records for which `keep` answers true. */
  filter(keep: (value: V, info: RecordInfo) => boolean, options?: Named): this;
  map<W>(change: (value: V, info: RecordInfo) => W, options?: Named): Stream<W>;
  /** Any number of records for one. */
  flatMap<W>(change: (value: V, info: RecordInfo) => Iterable<W>, options?: Named): Stream<W>;
  /** Looks at each record and hands it on as it is. */
  peek(look: (value: V, info: RecordInfo) => void, options?: Named): this;
  /** The records of both, in the order in which they come. */
  merge(other: Stream<V>, options?: Named): Stream<V>;
  /**
   * Keys the records by one or several values. They change partition when something keeps state by the
   * key; null or undefined leaves the record out and counts it.
   */
  keyBy(
    keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[],
    options?: Named,
  ): KeyedStream<V>;
  /**
   * Hands each record to the stream of the first condition that holds for it, and to `rest` when none does.
   * A condition that is a type guard narrows its stream.
   */
  branch<B extends Conditions<V>>(conditions: B, options?: Named): Branches<V, B, this>;
  /**
   * Lets records pass for which `check` answers true. The others, with the `reason` it answers instead, go to
   * the contract named by `rejected`, or to a stream for it, or else to the dead letters.
   */
  validate<Id extends ContractId = never>(
    check: (value: V, info: RecordInfo) => true | string,
    options?: ValidateOptions<V, Id>,
  ): this;
  /**
   * One record for one by an asynchronous function, in the order in which they came. Its answers must depend on
   * the record alone for a replay to give the same results.
   */
  enrich<W>(look: (value: V, info: EnrichInfo) => Promise<W>, options?: EnrichOptions): Stream<W>;
  /**
   * Writes the records to the contract's topic, keyed as the contract says. A field that is missing, of
   * another type, or not in the contract does not compile.
   */
  to<Id extends ContractId>(
    contract: Id & Fits<V, WriteOf<Id>>,
    options?: { readonly topic?: string },
  ): void;
  /** For operators in other files of this package. */
  readonly place: Place;
}

/** A stream with a key: state can be kept by it. What makes other values leaves the key as it is. */
export interface KeyedStream<V> extends Stream<V> {
  readonly keyed: true;
  map<W>(change: (value: V, info: RecordInfo) => W, options?: Named): KeyedStream<W>;
  flatMap<W>(change: (value: V, info: RecordInfo) => Iterable<W>, options?: Named): KeyedStream<W>;
  merge(other: KeyedStream<V>, options?: Named): KeyedStream<V>;
  merge(other: Stream<V>, options?: Named): Stream<V>;
  enrich<W>(
    look: (value: V, info: EnrichInfo) => Promise<W>,
    options?: EnrichOptions,
  ): KeyedStream<W>;
  /** By time, activity or number: `tumbling`, `hopping`, `sliding`, `session`, `counting`. */
  window(window: WindowKind): WindowedStream<V>;
}

export type Conditions<V> = Readonly<Record<string, (value: V, info: RecordInfo) => boolean>>;

/** By the names of the conditions, and `rest`: streams of the kind that was divided. */
export type Branches<V, B extends Conditions<V>, Self> = {
  readonly [Name in keyof B | 'rest']: Name extends 'rest' ? Self : Branch<V, B[Name], Self>;
};

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants what a guard finds to be of what it is given.
type Anything = any;

type Branch<V, Condition, Self> = Condition extends (
  value: Anything,
  info: RecordInfo,
) => value is infer N
  ? Self extends KeyedStream<V>
    ? KeyedStream<N>
    : Stream<N>
  : Self;

/** A value that was refused: its fields and why. */
export type Rejected<V> = V & { readonly reason: string };

export interface ValidateOptions<V, Id extends ContractId> extends Named {
  readonly rejected?:
    | (Id & Fits<Rejected<V>, WriteOf<Id>>)
    | ((rejected: Stream<Rejected<V>>) => void);
}

export interface EnrichOptions extends Named {
  /** Calls under way at once in one task; 16 when left out. */
  readonly inFlight?: number;
  /** How long a call may take; `10 s` when left out. */
  readonly timeout?: Duration;
}

/** Records of a key put together by windows: the next word says what becomes of them. */
export interface WindowedStream<V> {
  /** Makes one result of the records of each key and window, by named folds. */
  aggregate<F extends Folds<V>>(
    folds: F,
    options?: AggregateOptions,
  ): AggregatedStream<V, WindowResult<ResultsOf<F>>>;
}

export interface AggregateOptions extends Named {
  /** `final` when left out. */
  readonly emit?: Emission;
}

/** What answers with the stream it was asked on answers with one of this kind, without what is added to it. */
type Plain<S> = Pick<S, keyof S>;

/** Results of windows, under the key of their records. */
export interface AggregatedStream<V, Result> extends Plain<KeyedStream<Result>> {
  /** The records that came too late for every window with their time in it. */
  late(): KeyedStream<LateRecord<V>>;
}

export interface LateRecord<V> extends LateInfo {
  readonly value: V;
}

/** Makes streams at places: handed to the files that hold their methods. */
export interface StreamMaker {
  stream<V>(place: Place): Stream<V>;
  keyed<V>(place: Place): KeyedStream<V>;
}
