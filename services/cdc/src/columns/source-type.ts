/**
 * A column's type in the source, as schema parameters that Debezium's `column.propagate.source.type` adds: a consumer may
 * make a column of the same type from them. Lengths and scales are those of PostgreSQL's JDBC driver.
 */
/** Digits of a numeric without declared ones. */
const NUMERIC_DIGITS_MAX = 131_089;
/** No limit is declared. */
const UNLIMITED = 2_147_483_647;
const DEFAULT_DIGITS = 6;

/** Characters of a fraction of a second with its point. */
const fractionLength = (modifier: number): number => {
  const digits = modifier < 0 ? DEFAULT_DIGITS : modifier;
  return digits === 0 ? 0 : Math.max(digits, 2) + 1;
};
const declared = (modifier: number): number => (modifier < 4 ? UNLIMITED : modifier - 4);
const digits = (modifier: number): number => (modifier < 0 ? DEFAULT_DIGITS : modifier);

interface Size {
  readonly length?: number | ((modifier: number) => number);
  readonly scale?: number | ((modifier: number) => number);
}

const sizes: Readonly<Record<string, Size>> = {
  ...{ int2: { length: 5 }, int4: { length: 10 }, int8: { length: 19 }, oid: { length: 10 } },
  ...{ float4: { length: 8, scale: 8 }, float8: { length: 17, scale: 17 } },
  ...{ bool: { length: 1 }, char: { length: 1 }, date: { length: 13 } },
  ...{ varchar: { length: declared }, bpchar: { length: declared } },
  numeric: {
    length: (modifier) => (modifier < 4 ? NUMERIC_DIGITS_MAX : ((modifier - 4) >> 16) & 0xffff),
    scale: (modifier) => (modifier < 4 ? 0 : (modifier - 4) & 0xffff),
  },
  bit: { length: (modifier) => modifier },
  varbit: { length: (modifier) => (modifier < 0 ? UNLIMITED : modifier) },
  time: { length: (modifier) => 8 + fractionLength(modifier), scale: digits },
  timetz: { length: (modifier) => 14 + fractionLength(modifier), scale: digits },
  timestamp: { length: (modifier) => 22 + fractionLength(modifier), scale: digits },
  timestamptz: { length: (modifier) => 28 + fractionLength(modifier), scale: digits },
  interval: {
    length: 49,
    scale: (modifier) => (modifier < 0 ? DEFAULT_DIGITS : modifier & 0xffff),
  },
};

const sizeOf = (size: NonNullable<Size['scale']>, modifier: number): number =>
  typeof size === 'function' ? size(modifier) : size;

export interface SourceType {
  /** PostgreSQL's name. */
  readonly name: string;
  /** Of the type beneath a domain, or of an array's elements. */
  readonly baseName: string;
  readonly typeModifier: number;
}

/** Parameters of the schema, by name. */
export const sourceTypeParameters = (
  column: string,
  { baseName, name, typeModifier }: SourceType,
): Readonly<Record<string, string>> => {
  const { length = UNLIMITED, scale = 0 } = sizes[baseName] ?? {};
  return {
    '__debezium.source.column.type': name.toUpperCase(),
    '__debezium.source.column.length': String(sizeOf(length, typeModifier)),
    '__debezium.source.column.scale': String(sizeOf(scale, typeModifier)),
    '__debezium.source.column.name': column,
  };
};
