/**
 * What every record of a changelog says: the input offsets behind what it is the state of, in the order of the
 * task's topics. Where outputs are written at least once, state is committed by the input's offsets alone, and
 * these tell which of it is.
 */
const OFFSETS = 'millrace-offsets';

export const changelogHeaders = (
  positions: readonly number[],
): Readonly<Record<string, Buffer>> => ({ [OFFSETS]: Buffer.from(positions.join(',')) });

/** Whether the record is of state that these committed offsets, in the same order, contain. */
export const isWithin = (
  headers: Readonly<Record<string, Buffer>>,
  committed: readonly number[],
): boolean => {
  const offsets = headers[OFFSETS]?.toString().split(',').map(Number) ?? [];
  return (
    offsets.length === committed.length &&
    offsets.every((offset, index) => offset <= committed[index]!)
  );
};
