/** Stable words for machines. */
export type JsonRule =
  | 'type'
  | 'missing'
  | 'unknown-field'
  | 'range'
  | 'format'
  | 'symbol'
  | 'union'
  | 'depth'
  /** Bytes that are no datum of the schema, or a datum that ends elsewhere. */
  | 'bytes';

/** One thing wrong with a JSON value, told to the person who sent it. */
export interface JsonProblem {
  /** JSON Pointer (RFC 6901) into the value, e.g. `/stops/2/iata`; empty for the value itself. */
  readonly path: string;
  readonly rule: JsonRule;
  /** A sentence with the path; it echoes at most 40 characters of a value. */
  readonly message: string;
}
