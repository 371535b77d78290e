import type { Duration } from '../durations.ts';
import type { LateInfo } from '../flow.ts';
import type { Folds, ResultsOf } from '../folds/fold.ts';
import type { JoinWindow } from '../joins/join-window.ts';
import type { KeyPart } from '../key-of.ts';
import type { EnrichInfo } from '../operators/enrich.ts';
import type { ProcessLogic, StateDeclarations } from '../operators/process.ts';
import type { RecordInfo } from '../record-info.ts';
import type { RowUpdate } from '../tables/row-changes.ts';
import type { TableAggregate } from '../tables/table-aggregate.ts';
import type { Emission } from '../windows/emission.ts';
import type { WindowKind } from '../windows/window-kinds.ts';
import type { KeyResult, WindowResult } from '../windows/window-result.ts';
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
   * Each record with a row of a table that every task has whole, found by a key that is made of the record;
   * without a row it is left out.
   */
  join<T, R>(
    table: GlobalTable<T>,
    keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[],
    combine: (value: V, row: T, info: RecordInfo) => R,
    options?: Named,
  ): Stream<R>;
  /** The same; a record without a row is joined with null. */
  leftJoin<T, R>(
    table: GlobalTable<T>,
    keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[],
    combine: (value: V, row: T | null, info: RecordInfo) => R,
    options?: Named,
  ): Stream<R>;
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
  window<W extends WindowKind>(window: W): WindowedStream<V, W>;
  /** Makes one running result of all records of each key, by named folds; `update` when no emission is named. */
  aggregate<F extends Folds<V>>(
    folds: F,
    options?: RunningOptions,
  ): KeyedStream<KeyResult<ResultsOf<F>>>;
  /**
   * Each record with the row of its key, as the table stands when the record comes; without a row it is
   * left out.
   */
  join<T, R>(
    table: Table<T>,
    combine: (value: V, row: T, info: RecordInfo) => R,
    options?: Named,
  ): KeyedStream<R>;
  /** With `grace`: with the row as it was at the record's time. */
  join<T, R>(
    table: Table<T>,
    combine: (value: V, row: T, info: RecordInfo) => R,
    options: AsOfJoinOptions,
  ): TimedStream<V, R>;
  /** Pairs of records with one key that lie close together in time. */
  join<W, R>(
    other: KeyedStream<W>,
    window: JoinWindow,
    combine: (value: V, other: W, info: RecordInfo) => R,
    options?: Named,
  ): TimedStream<V | W, R>;
  join<T, R>(
    table: GlobalTable<T>,
    keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[],
    combine: (value: V, row: T, info: RecordInfo) => R,
    options?: Named,
  ): KeyedStream<R>;
  /** As `join`; a record without a row is joined with null. */
  leftJoin<T, R>(
    table: Table<T>,
    combine: (value: V, row: T | null, info: RecordInfo) => R,
    options?: Named,
  ): KeyedStream<R>;
  leftJoin<T, R>(
    table: Table<T>,
    combine: (value: V, row: T | null, info: RecordInfo) => R,
    options: AsOfJoinOptions,
  ): TimedStream<V, R>;
  /** As `join`; a record of this stream without a partner is joined with null once its window has closed. */
  leftJoin<W, R>(
    other: KeyedStream<W>,
    window: JoinWindow,
    combine: (value: V, other: W | null, info: RecordInfo) => R,
    options?: Named,
  ): TimedStream<V | W, R>;
  leftJoin<T, R>(
    table: GlobalTable<T>,
    keyOf: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[],
    combine: (value: V, row: T | null, info: RecordInfo) => R,
    options?: Named,
  ): KeyedStream<R>;
  /** As `join`; a record of either stream without a partner is joined with null once its window has closed. */
  outerJoin<W, R>(
    other: KeyedStream<W>,
    window: JoinWindow,
    combine: (value: V | null, other: W | null, info: RecordInfo) => R,
    options?: Named,
  ): TimedStream<V | W, R>;
  /** The newest value of each key as a table; null takes a row away. */
  toTable(): Table<NonNullable<V>>;
  /** The first record of each id; see `DeduplicateOptions`. */
  deduplicate(options: DeduplicateOptions<V>): TimedStream<V, V>;
  /**
   * Holds records until the watermark has passed their time, and hands them on in order of time: what
   * follows does not depend on how partitions interleave. Costs as much latency as the source's disorder,
   * and `grace`.
   */
  inOrder(options?: InOrderOptions<V>): TimedStream<V, V>;
  /** A user's own logic, with its own state and timers. */
  process<R, D extends StateDeclarations = Record<never, never>>(
    logic: ProcessLogic<V, D, R>,
    options?: Named,
  ): KeyedStream<R>;
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
export interface WindowedStream<V, W> {
  /** Makes one result of the records of each key and window, by named folds. */
  aggregate<F extends Folds<V>, E extends Emission = 'final', Id extends ContractId = never>(
    folds: F,
    options?: WindowOptions<V, E, Id>,
  ): AggregatedStream<V, WindowResult<ResultsOf<F> | TakenBack<W, E>>>;
}

/** A session that grows is another one: what was told of it before it had closed is taken back by null. */
type TakenBack<W, E> = W extends { readonly kind: 'session' }
  ? E extends 'final'
    ? never
    : null
  : never;

export interface AggregateOptions<E extends Emission = Emission> extends Named {
  /** `final` when left out. */
  readonly emit?: E;
}

export interface WindowOptions<V, E extends Emission, Id extends ContractId>
  extends AggregateOptions<E> {
  /** Where late records go: to this contract as they are, or to what the function does with them. */
  readonly late?:
    | (Id & Fits<LateRecord<V>, WriteOf<Id>>)
    | ((late: KeyedStream<LateRecord<V>>) => void);
}

export interface RunningOptions extends Named {
  /** `update` when left out. */
  readonly emit?: Exclude<Emission, 'final'>;
}

/** What answers with the stream it was asked on answers with one of this kind, without what is added to it. */
type Plain<S> = Pick<S, keyof S>;

/** Results of windows, under the key of their records. */
export interface AggregatedStream<V, Result> extends Plain<KeyedStream<Result>> {
  /** The records that came too late for every window with their time in it. */
  late(): KeyedStream<LateRecord<V>>;
}

/** A record that was too late for an operator. */
export interface LateRecord<V> extends LateInfo {
  readonly value: V;
}

/** Results of an operator that judges records by time. */
export interface TimedStream<V, Result> extends Plain<KeyedStream<Result>> {
  /** The records that came too late for it. */
  late(): KeyedStream<LateRecord<V>>;
}

export interface AsOfJoinOptions extends Named {
  /**
   * Holds each record back this long in event time, and joins it with the row as it was at the record's
   * time. The result then does not depend on which of the two was read first.
   */
  readonly grace: Duration;
}

export interface DeduplicateOptions<V> extends Named {
  /** What makes two records of a key the same; the key alone when left out. */
  readonly by?: (value: V, info: RecordInfo) => KeyPart | readonly KeyPart[];
  /**
   * How close in event time records of one id are repeats. Ids are remembered for three times as long; a record
   * that far behind the watermark of its partition is late.
   */
  readonly within: Duration;
}

export interface InOrderOptions<V> extends Named {
  /** How long to wait beyond the source's disorder. */
  readonly grace?: Duration;
  /**
   * Orders records of one key and time, e.g. by their id; left out, those of one partition keep their
   * order, and those of several may come in any.
   */
  readonly tie?: (value: V) => unknown;
}

/** The newest row of each key. What reads it is told of rows as they change. */
export interface Table<T> {
  readonly kind: 'table';
  filter(keep: (row: T, key: string) => boolean, options?: Named): Table<T>;
  map<R>(change: (row: T, key: string) => R, options?: Named): Table<R>;
  /** Rows with the same key on both sides. */
  join<U, R>(
    other: Table<U>,
    combine: (row: T, other: U, info: RecordInfo) => R,
    options?: Named,
  ): Table<R>;
  leftJoin<U, R>(
    other: Table<U>,
    combine: (row: T, other: U | null, info: RecordInfo) => R,
    options?: Named,
  ): Table<R>;
  outerJoin<U, R>(
    other: Table<U>,
    combine: (row: T | null, other: U | null, info: RecordInfo) => R,
    options?: Named,
  ): Table<R>;
  /**
   * Each row with the row of the other table whose key it holds; follows changes on both sides. A row whose
   * key is null, or of no row, is left out.
   */
  joinBy<U, R>(
    keyOf: (row: T, key: string) => KeyPart | readonly KeyPart[],
    other: Table<U>,
    combine: (row: T, other: U, info: RecordInfo) => R,
    options?: Named,
  ): Table<R>;
  leftJoinBy<U, R>(
    keyOf: (row: T, key: string) => KeyPart | readonly KeyPart[],
    other: Table<U>,
    combine: (row: T, other: U | null, info: RecordInfo) => R,
    options?: Named,
  ): Table<R>;
  /** Rows by another key, of which several may share one. */
  groupBy(
    keyOf: (row: T, key: string) => KeyPart | readonly KeyPart[],
    options?: Named,
  ): GroupedTable<T>;
  /** What changed: the row before and after. A row that comes again as it was is no change. */
  toStream(options?: Named): KeyedStream<RowUpdate<T>>;
  /** Writes rows to the contract's topic as they change; a row that is gone as a record without a value. */
  to<Id extends ContractId>(
    contract: Id & Fits<T, WriteOf<Id>>,
    options?: { readonly topic?: string },
  ): void;
  /** For operators in other files of this package. */
  readonly origin: TableOrigin;
}

export interface GroupedTable<T> {
  /** What is known of the rows of each group, kept current as they come, change and go. */
  aggregate<A>(aggregate: TableAggregate<T, A>, options?: Named): Table<A>;
}

/** Where a table comes from. */
export interface TableOrigin {
  readonly place: Place;
  /**
   * Called when something makes use of the table's event time: from then on its partitions hold event time
   * back as those of a stream do.
   */
  useTime(): void;
}

/** A table that every task has whole: joined without anything changing partition. */
export interface GlobalTable<T> {
  readonly kind: 'global-table';
  readonly contract: string;
  /** Never there: says what its rows are. */
  readonly row?: T;
}

/** Makes streams at places: handed to the files that hold their methods. */
export interface StreamMaker {
  stream<V>(place: Place): Stream<V>;
  keyed<V>(place: Place): KeyedStream<V>;
  table<T>(origin: TableOrigin): Table<T>;
}
