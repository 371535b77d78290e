/**
 * State of operators. Values are live objects: an accumulator may be changed in place, and is `set` again
 * then, which marks it as changed. What has changed is encoded once a commit, however often it changed.
 * Everything is synchronous. Implementations: in memory here, durable ones in the service that runs
 * transforms.
 */
export interface KeyedStore<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  /** Entries whose key begins with the prefix, or all; in no promised order. Must not be changed meanwhile. */
  entries(prefix?: string): Iterable<[key: string, value: V]>;
  readonly size: number;
}

/**
 * Values by time and key: windows by their start or end, timers by when they are due, buffered records by
 * their time. Times are integers, milliseconds since 1970 UTC.
 */
export interface TimedStore<V> {
  get(timeMs: number, key: string): V | undefined;
  set(timeMs: number, key: string, value: V): void;
  delete(timeMs: number, key: string): void;
  /** The smallest time with an entry. */
  firstTimeMs(): number | undefined;
  /** The entries of one time, in no promised order. Must not be changed meanwhile. */
  at(timeMs: number): Iterable<[key: string, value: V]>;
  /** Times with entries, ascending, from `fromMs` up to, not including, `toMs`. */
  times(fromMs?: number, toMs?: number): Iterable<number>;
  /**
   * The entries of one key, ascending by time, from `fromMs` up to, not including, `toMs`; for stores
   * declared with `byKey`. Throws a TypeError for others.
   */
  keyTimes(key: string, fromMs: number, toMs: number): Iterable<[timeMs: number, value: V]>;
  /** Forgets everything before this time. */
  dropBefore(timeMs: number): void;
  readonly size: number;
}

export interface ValueCodec<V> {
  /** The bytes may lie in memory that is used again: they are valid until the next call. */
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
}

interface StoreDeclaration<V> {
  /** What whoever asks for the state is shown of a value; the value itself when absent. */
  readonly show?: (value: V) => unknown;
  /** Of a store of accumulators: name and shape of each of them, and how they begin. */
  readonly slots?: { readonly parts: readonly string[]; create(): V };
  /** Unique in the transform, e.g. `window-2`: names the changelog topic, so it must not change by chance. */
  readonly name: string;
  /** MessagePack of plain values when absent. */
  readonly codec?: ValueCodec<V>;
  /**
   * What a value is, e.g. `count:v1`: state of another shape is not read as this one, but refused or
   * migrated.
   */
  readonly shape: string;
}

export interface KeyedStoreSpec<V = unknown> extends StoreDeclaration<V> {
  readonly kind: 'keyed';
}

export interface TimedStoreSpec<V = unknown> extends StoreDeclaration<V> {
  readonly kind: 'timed';
  /** The store is asked for all times of a key: costs an index. */
  readonly byKey?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of specs holds values of every type; each is typed where it is opened.
export type StoreSpec = KeyedStoreSpec<any> | TimedStoreSpec<any>;

/** Opens the stores of one task. */
export interface Stores {
  keyed<V>(spec: KeyedStoreSpec<V>): KeyedStore<V>;
  timed<V>(spec: TimedStoreSpec<V>): TimedStore<V>;
}
