/**
 * Whether PostgreSQL understands what limits a snapshot, and whether a SELECT gives the table's columns in their
 * types. It is planned and not run; by the extended protocol, which takes one statement: whoever may send a signal
 * cannot put a second one behind it.
 */
import { MillraceError } from '@millrace/contracts';
import pg from 'pg';
import type { ColumnModes } from '../columns/column-modes.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import { type CatalogTable, describeTable } from '../source/catalog.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { sourceError } from '../source/source-error.ts';
import { placeOf, type RowChoice, rowsOf } from './row-choice.ts';

const quoted = ({ schema, table }: Pick<TableShape, 'schema' | 'table'>): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;

/** The types of the columns that a table or statement gives. */
const typesOf = async (
  { client }: SourceConnection,
  { columns }: TableShape,
  from: string,
): Promise<readonly number[]> => {
  const names = columns.map(({ name }) => pg.escapeIdentifier(name));
  const text = `select ${names.join(', ')} from ${from} limit 0`;
  const { fields } = await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
  return fields.map(({ dataTypeID }) => dataTypeID);
};

/** Throws `cdc.choice-invalid` with the table's name; `cdc.source-unavailable`. */
export const checkChoice = async (
  connection: SourceConnection,
  shape: TableShape,
  choice: RowChoice,
): Promise<void> => {
  if (choice.condition === undefined && choice.statement === undefined) return;
  const name = `${shape.schema}.${shape.table}`;
  const invalid = (why: string, cause?: unknown): MillraceError =>
    new MillraceError('cdc.choice-invalid', `the rows chosen of ${name}: ${why}`, { cause });
  try {
    const wanted = await typesOf(connection, shape, quoted(shape));
    const given = await typesOf(
      ...([connection, shape] as const),
      rowsOf(placeOf(quoted(shape), choice), [choice.condition]),
    );
    const other = shape.columns.find((_, i) => wanted[i] !== given[i]);
    if (other !== undefined) throw invalid(`"${other.name}" is of another type than the table's`);
  } catch (cause) {
    const error = sourceError(cause, 'planning them');
    throw error.code === 'cdc.source-refused' ? invalid(error.message, cause) : error;
  }
};

/** The same for all tables of a snapshot, before it begins. */
export const checkChoices = async (
  control: SourceConnection,
  tables: readonly CatalogTable[],
  choiceOf: (table: CatalogTable) => RowChoice,
  modes: ColumnModes,
): Promise<void> => {
  for (const table of tables) {
    const choice = choiceOf(table);
    if (Object.keys(choice).length === 0) continue;
    await checkChoice(control, await describeTable(control, table, modes), choice);
  }
};
