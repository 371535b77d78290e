import { quoteIdentifier, quoteLiteral } from '@millrace/clickhouse';
import { type ActualTable, type TableColumn, viewStatement } from '@millrace/contracts';

/**
 * The statements that fill a table from another one of the same rows, written to be said again: what is there
 * already is told by the Kafka position of a row, and only looked for among rows that are young enough to be
 * missing.
 */
export interface CopyPair {
  readonly from: string;
  readonly to: string;
  /** Of the new table; the old one has all of them, maybe with other types. */
  readonly columns: readonly TableColumn[];
}

/** Where a row came from, as far as the table says. */
const positionColumns = ['_topic', '_incarnation', '_partition', '_offset', '_version'] as const;

const positionOf = (columns: readonly TableColumn[]): string => {
  const names = positionColumns.filter((name) => columns.some((column) => column.name === name));
  return `(${names.join(', ')})`;
};

/** The columns in the new types; a value that does not fit stops the statement. */
const selection = (columns: readonly TableColumn[]): string =>
  columns
    .map(
      ({ name, type }) => `CAST(${quoteIdentifier(name)} AS ${type}) AS ${quoteIdentifier(name)}`,
    )
    .join(', ');

const since = (moment: string): string =>
  `_ingested_at >= toDateTime64(${quoteLiteral(moment)}, 3, 'UTC')`;

const missing = ({ from, to, columns }: CopyPair, moment: string): string => {
  const position = positionOf(columns);
  const there = `SELECT ${position} FROM ${quoteIdentifier(to)} WHERE ${since(moment)}`;
  return `SELECT ${selection(columns)} FROM ${quoteIdentifier(from)}
    WHERE ${since(moment)} AND ${position} NOT IN (${there})`;
};

const insertInto = ({ to, columns }: CopyPair): string =>
  `INSERT INTO ${quoteIdentifier(to)} (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})`;

/** Copies every row into an empty table. */
export const copyAll = (pair: CopyPair): string =>
  `${insertInto(pair)} SELECT ${selection(pair.columns)} FROM ${quoteIdentifier(pair.from)}`;

/** Copies the rows from the moment on that the other table lacks. */
export const copyMissing = (pair: CopyPair, moment: string): string =>
  `${insertInto(pair)} ${missing(pair, moment)}`;

/**
 * A view that is right before, at and after the exchange of the two tables, and while rows are copied: young
 * rows are read from both and shown once, by their position. The table's own name is read first: a query that
 * meets the exchange then sees the old table twice, and never the new one alone.
 */
export const bridgeView = (
  view: { readonly name: string; readonly select: string },
  { from: side, to: table, columns }: CopyPair,
  moment: string,
): string => {
  const read = (name: string, where: string) =>
    `SELECT ${selection(columns)} FROM ${quoteIdentifier(name)} WHERE ${where}`;
  const young = `${read(table, since(moment))} UNION ALL ${read(side, since(moment))}`;
  const once = `SELECT * FROM (${young}) LIMIT 1 BY ${positionOf(columns).slice(1, -1)}`;
  const rows = `(${read(table, `NOT (${since(moment)})`)} UNION ALL ${once})`;
  const select = view.select.replaceAll(` FROM ${quoteIdentifier(table)}`, ` FROM ${rows}`);
  return viewStatement({ name: view.name, select });
};

/** Columns of the new table that the old one lacks. */
export const lackingColumns = (
  columns: readonly TableColumn[],
  old: Pick<ActualTable, 'columns'>,
): readonly string[] =>
  columns.map(({ name }) => name).filter((name) => !old.columns.some((one) => one.name === name));
