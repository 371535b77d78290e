/** Which share of a table's bytes a statement reads, by the columns that it names. Pure. */

export interface ColumnSize {
  readonly column: string;
  /** Bytes, not compressed, as far as parts tell them by column: small ones do not. */
  readonly size: string;
}

/**
 * @param wanted names of the columns that are read; undefined: not known, so all
 * @returns 0 to 1; 1 where no part tells the sizes of its columns
 */
export const shareRead = (
  columns: readonly ColumnSize[],
  wanted: ReadonlySet<string> | undefined,
): number => {
  const sum = (some: readonly ColumnSize[]) =>
    some.reduce((total, { size }) => total + Number(size), 0);
  const all = sum(columns);
  if (wanted === undefined || all === 0) return 1;
  return sum(columns.filter(({ column }) => wanted.has(column))) / all;
};
