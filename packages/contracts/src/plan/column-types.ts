/** Which type of a column can become, or be read as, which other without losing a value. */
import {
  bareType,
  formatClickHouseType,
  parseClickHouseType,
  sameClickHouseType,
} from '../warehouse/clickhouse-type.ts';

/** Widenings that keep every stored value and every value to come. */
const widenings: Readonly<Record<string, readonly string[]>> = {
  Int32: ['Int64'],
  Float32: ['Float64'],
};

/** True when every value of the one type is a value of the other. */
export const isWidening = (from: string, to: string): boolean => {
  const [before, after] = [parseClickHouseType(from), parseClickHouseType(to)];
  if (before === undefined || after === undefined) return false;
  const becameStrict = /\bNullable\(/.test(from) && !/\bNullable\(/.test(to);
  if (becameStrict) return false;
  const [bareBefore, bareAfter] = [bareType(before), bareType(after)];
  const same = formatClickHouseType(bareBefore) === formatClickHouseType(bareAfter);
  return same || (widenings[bareBefore.name]?.includes(bareAfter.name) ?? false);
};

/** As `isWidening`, or the same type. */
export const isSameOrWider = (from: string, to: string): boolean =>
  sameClickHouseType(from, to) || isWidening(from, to);
