/**
 * A join of two tables by a key in the rows of the left one goes through three stages: the left table's
 * tells the right's which row wants which key; the right's answers whenever a row on either side changes;
 * the last takes the answers of one left row, which may come from several partitions, in order of version.
 */

/** To the partition of the foreign key. */
export type ForeignKeyRequest =
  /** The left row wants this key now. */
  | {
      readonly kind: 'set';
      readonly row: string;
      readonly value: unknown;
      readonly version: number;
    }
  /** It does not any more; `gone`: nor any other, so that its result is taken away. */
  | {
      readonly kind: 'drop';
      readonly row: string;
      readonly gone: boolean;
      readonly version: number;
    }
  /** It wants none, but has a result: of a left join. */
  | {
      readonly kind: 'alone';
      readonly row: string;
      readonly value: unknown;
      readonly version: number;
    };

/** To the partition of the left row. */
export interface ForeignKeyAnswer {
  /** Of the left row that it was worked out for: a lower one than the last seen is out of date. */
  readonly version: number;
  readonly value: unknown;
  readonly gone: boolean;
}
