import type { SkipIndex } from '../contract.ts';

/**
 * A table or view as the server describes it. Expressions come in the server's spelling.
 */
export interface ActualColumn {
  readonly name: string;
  readonly type: string;
  readonly defaultExpression?: string;
  readonly codec?: string;
  readonly comment?: string;
}

export interface ActualTable {
  readonly name: string;
  readonly columns: readonly ActualColumn[];
  /** With its arguments, e.g. `ReplacingMergeTree(_version, _is_deleted)`; `View` for a view. */
  readonly engine: string;
  readonly sortingKey: string;
  readonly partitionKey: string;
  readonly ttl?: string;
  readonly comment?: string;
  /** Data skipping indexes. */
  readonly indexes?: readonly SkipIndex[];
  readonly settings?: Readonly<Record<string, string>>;
  /** A view's query, with or without the database's name; a dictionary's whole statement. */
  readonly select?: string;
  /** Of a view: it reads with the rights of who made it, not of who asks. */
  readonly isDefiner?: boolean;
}
