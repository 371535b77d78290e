/** A captured table at one moment: its columns, its key and how each column is encoded. */
import type { ColumnCodec } from '../columns/column-codec.ts';
import type { ColumnDefault } from '../columns/column-default.ts';
import type { SourceType } from '../columns/source-type.ts';

export interface ShapeColumn {
  readonly name: string;
  readonly nullable: boolean;
  readonly codec: ColumnCodec;
  /** In the schema, and for an old row's NOT NULL column. A nullable column's union then begins with the value. */
  readonly default?: ColumnDefault | undefined;
  readonly sourceType?: SourceType;
  /** More parameters of its schema in the row, by name; a key has none. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Declared length of varchar(n) and char(n), characters. */
  readonly lengthMax?: number | undefined;
  /** Oid of the collation by which its values are ordered; absent where there is none or it is not told. */
  readonly collation?: number;
  /** Old rows hold it: part of the replica identity. */
  readonly identity?: boolean;
  /** Sent by PostgreSQL, left out of the records by a rule. */
  readonly excluded?: boolean;
  /** A rule keeps its value from readers: in dead letters and logs too. */
  readonly hidden?: boolean;
}

export interface TableShape {
  readonly schema: string;
  readonly table: string;
  /** In the order in which PostgreSQL sends them. */
  readonly columns: readonly ShapeColumn[];
  /** Indexes into `columns`, in key order: primary key, else replica identity index. Empty: no key. */
  readonly keyColumns: readonly number[];
  /** The key was chosen by a rule: its columns may be null. */
  readonly chosenKey?: boolean;
}

/** Whether the key tells one row from every other: a chosen one need not, and no key does not. */
export const hasUniqueKey = (shape: TableShape): boolean =>
  shape.keyColumns.length > 0 && shape.chosenKey !== true;

/** Whether every column can be read in PostgreSQL's binary form. */
export const isBinaryCapable = (shape: TableShape): boolean =>
  shape.columns.every((column) => column.codec.writeBinary !== undefined);
