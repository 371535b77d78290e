/**
 * The records of the project's contracts, by contract id. Empty here: `millrace contracts types --for
 * transforms` writes a file that declares them for the transforms beside it, so that a wrong name does not
 * compile.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging.
export interface Contracts {}

/** What one contract adds to `Contracts`. */
export interface ContractTypes {
  readonly source: 'event' | 'derived' | 'change';
  /** Names of the fields that make its key; never when it has none. */
  readonly key: string;
  /** A record as a transform reads it, longs as numbers. */
  readonly read: object;
  /** The same with longs as bigints. */
  readonly exact: object;
  /** A record as a transform may write it: fields with a default may be left out. */
  readonly write: object;
}

export type ContractId = keyof Contracts & string;

type TypesOf<Id extends ContractId> = Contracts[Id] extends ContractTypes ? Contracts[Id] : never;

/** Ids of contracts whose records are events or results, not rows of a captured table. */
export type RecordContractId = {
  [Id in ContractId]: TypesOf<Id>['source'] extends 'change' ? never : Id;
}[ContractId];

/** Ids of contracts of captured tables. */
export type ChangeContractId = Exclude<ContractId, RecordContractId>;

/** Ids of contracts whose records have a key, so that the latest of each is a table. */
export type KeyedContractId = {
  [Id in ContractId]: [TypesOf<Id>['key']] extends [never] ? never : Id;
}[ContractId];

export type ReadOf<
  Id extends ContractId,
  Longs extends 'number' | 'bigint' = 'number',
> = TypesOf<Id>[Longs extends 'bigint' ? 'exact' : 'read'];

export type WriteOf<Id extends ContractId> = TypesOf<Id>['write'];

/** What happened to a row: Debezium's letters, and the row before and after where there is one. */
export interface RowChange<Row> {
  /** create, update, delete, read by a snapshot, truncate. */
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  readonly before: Row | null;
  readonly after: Row | null;
}

type Extra<V, W> = V extends unknown ? Exclude<keyof V, keyof W> : never;

type Wrong<V, W> = {
  [Field in keyof W]-?: Field extends keyof V
    ? V[Field] extends W[Field]
      ? never
      : Field
    : undefined extends W[Field]
      ? never
      : Field;
}[keyof W];

/**
 * Unknown when values `V` can be written as `W` without a field more; otherwise a type that nothing has,
 * which names the fields in the compiler's message.
 */
export type Fits<V, W> = [V] extends [W]
  ? [Extra<V, W>] extends [never]
    ? unknown
    : { readonly 'fields that the contract does not have': Extra<V, W> }
  : { readonly 'fields that are missing or of another type': Wrong<V, W> };
