/** One thing wrong with a JSON value, told to the person who sent it. */
export interface JsonProblem {
  /** JSON Pointer (RFC 6901) into the value, e.g. `/stops/2/iata`; empty for the value itself. */
  readonly path: string;
  /** Stable word for machines: `type`, `missing`, `unknown-field`, `range`, `format`, `symbol`, `union`. */
  readonly rule: string;
  readonly message: string;
}

export type JsonEncoding =
  | { readonly ok: true; readonly datum: Buffer }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/** A JSON value checked against an Avro record and encoded in one pass. Compiled once per schema. */
export interface JsonEncoder {
  /** `prefixBytes` bytes are left free at the datum's start for the caller's wire header. */
  encode(value: unknown): JsonEncoding;
}
