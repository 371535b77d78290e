import { bareType, parseClickHouseType } from './clickhouse-type.ts';

/**
 * The codec of a column for which the contract names none, by its type and by whether the table is ordered
 * by it. Chosen by what was measured on three million flights: tests/bench/column-codecs.
 */
const integerBytes: Readonly<Record<string, number>> = {
  ...{ Int8: 1, Int16: 2, Int32: 4, Int64: 8 },
  ...{ UInt8: 1, UInt16: 2, UInt32: 4, UInt64: 8 },
};

/** Times grow slowly from row to row, whatever the order, so their differences are small. */
const timeBytes: Readonly<Record<string, number>> = {
  ...{ Date: 2, Date32: 4, DateTime: 4, DateTime64: 8 },
};

/**
 * E.g. `Delta(8), ZSTD(1)`, in the server's spelling. Gorilla is not among them: floats that are numbers
 * with a fraction grew to almost twice what plain LZ4 makes of them.
 */
export const defaultCodec = (type: string, isInOrder: boolean): string => {
  const parsed = parseClickHouseType(type);
  const bare = parsed === undefined ? '' : bareType(parsed).name;
  const differences = timeBytes[bare] ?? (isInOrder ? integerBytes[bare] : undefined);
  if (differences !== undefined) return `Delta(${differences}), ZSTD(1)`;
  return integerBytes[bare] === undefined ? 'ZSTD(1)' : 'T64, ZSTD(1)';
};
