/**
 * Debezium's signal table: a row inserted into it is a signal, in the order of the stream. The table is published, and
 * for the rest it is none of the captured ones: it has no topic and no snapshot reads it. Its columns are `id`, `type`
 * and `data`, or three of other names in that order.
 */
import { MillraceError } from '@millrace/contracts';
import type { Tuple } from '@millrace/pgoutput';
import type { Logger } from '@millrace/pipeline';
import { plainValue } from '../columns/plain-value.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';
import type { TableName } from '../source/catalog.ts';

const NAMES = ['id', 'type', 'data'];

/** Undefined when nobody named one; `schema.table` else. */
export const isSignalTable = (
  { schema, table }: TableName,
  signalTable: string | undefined,
): boolean => signalTable !== undefined && `${schema}.${table}` === signalTable;

export const warnOfMissingSignalTable = (
  { signalTable }: { readonly signalTable?: string | undefined },
  tables: readonly TableName[],
  logger: Logger,
): void => {
  if (signalTable === undefined) return;
  if (tables.some((table) => isSignalTable(table, signalTable))) return;
  logger.warn({ table: signalTable }, 'there is no such signal table, or it is excluded');
};

export interface SignalFields {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: string | undefined;
}

const placesOf = ({ columns, schema, table }: TableShape): readonly number[] => {
  const named = NAMES.map((name) => columns.findIndex((column) => column.name === name));
  if (!named.includes(-1)) return named;
  if (columns.length === NAMES.length) return [0, 1, 2];
  throw new MillraceError(
    'cdc.value-invalid',
    `the signal table "${schema}.${table}" has no columns id, type and data`,
  );
};

/** Throws `cdc.value-invalid` when the table has not the columns of a signal, or not as text. */
export const signalOfRow = (shape: TableShape, row: Tuple): SignalFields => {
  const [id, type, data] = placesOf(shape).map((index) =>
    plainValue(shape.columns[index] as ShapeColumn, row, index)?.toString('utf8'),
  );
  return { id, type, data };
};
