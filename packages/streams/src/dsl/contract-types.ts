/**
 * The records of the project's contracts, by contract id. Empty here: `millrace contracts types` writes a
 * file that declares them for the transforms beside it, so that a wrong name does not compile.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging.
export interface Contracts {}

/** What one contract adds to `Contracts`. */
export interface ContractTypes {
  /** A record as a transform reads it. */
  readonly read: object;
  /** A record as a transform may write it: fields with a default may be left out. */
  readonly write: object;
}

export type ContractId = keyof Contracts & string;

export type ReadOf<Id extends ContractId> = Contracts[Id] extends { readonly read: infer R }
  ? R
  : never;

export type WriteOf<Id extends ContractId> = Contracts[Id] extends { readonly write: infer W }
  ? W
  : never;

/** What happened to a row: Debezium's letters, and the row before and after where there is one. */
export interface RowChange<Row> {
  /** create, update, delete, read by a snapshot, truncate. */
  readonly op: 'c' | 'u' | 'd' | 'r' | 't';
  readonly before: Row | null;
  readonly after: Row | null;
}
