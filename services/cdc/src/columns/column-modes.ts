/**
 * Where a type may be carried in more than one way, as Debezium's modes name the ways. Settings of the service
 * choose one each; the defaults are Debezium's.
 */
export const timePrecisionModes = [
  'adaptive',
  'adaptive_time_microseconds',
  'connect',
  'isostring',
  'microseconds',
  'nanoseconds',
] as const;
export const decimalModes = ['precise', 'double', 'string'] as const;
export const binaryModes = ['bytes', 'base64', 'base64-url-safe', 'hex'] as const;
export const intervalModes = ['numeric', 'string'] as const;
export const hstoreModes = ['json', 'map'] as const;

export interface ColumnModes {
  /** Units of date, time and timestamp. */
  readonly timePrecision: (typeof timePrecisionModes)[number];
  /** numeric and money. */
  readonly decimal: (typeof decimalModes)[number];
  /** bytea. */
  readonly binary: (typeof binaryModes)[number];
  readonly interval: (typeof intervalModes)[number];
  readonly hstore: (typeof hstoreModes)[number];
}

export const defaultModes: ColumnModes = {
  timePrecision: 'adaptive',
  decimal: 'precise',
  binary: 'bytes',
  interval: 'numeric',
  hstore: 'json',
};
