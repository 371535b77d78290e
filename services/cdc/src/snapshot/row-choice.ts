/** Which rows of a table a snapshot reads: all of them, those of a condition, or those of a SELECT of one's own. */
export interface RowChoice {
  /** SQL that limits the rows. */
  readonly condition?: string;
  /** A SELECT that stands in the table's place; it gives every column of the table, by name. */
  readonly statement?: string;
}

const withoutSemicolon = (statement: string): string => statement.trim().replace(/;$/, '');

/** What stands behind FROM: the statement when there is one, else `table`, a quoted name. */
export const placeOf = (table: string, { statement }: RowChoice): string =>
  statement === undefined ? table : `(${withoutSemicolon(statement)}\n) as "rows"`;

/** FROM with WHERE; no WHERE where nothing limits the rows. */
export const rowsOf = (place: string, conditions: readonly (string | undefined)[]): string => {
  const wanted = conditions.filter((one) => one !== undefined);
  return wanted.length === 0
    ? place
    : `${place} where ${wanted.map((one) => `(${one}\n)`).join(' and ')}`;
};
