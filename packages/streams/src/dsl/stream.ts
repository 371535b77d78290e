import type { KeyPart } from '../key-of.ts';
import type { RecordInfo } from '../record-info.ts';
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

/** A stream with a key: state can be kept by it. */
export interface KeyedStream<V> extends Stream<V> {
  readonly keyed: true;
}

/** Makes streams at places: handed to the files that hold their methods. */
export interface StreamMaker {
  stream<V>(place: Place): Stream<V>;
  keyed<V>(place: Place): KeyedStream<V>;
}
