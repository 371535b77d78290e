import type { AvroRecord } from '@millrace/contracts';
import { createEncodeState, resetEncodeState } from './encode-state.ts';
import type { JsonProblem } from './json-problem.ts';
import { compileValueWriter } from './json-value.ts';
import { FRAME_HEADER_BYTES, writeFrameHeader } from './wire-format.ts';

/**
 * A JSON value checked against an Avro record and encoded in one pass, without an intermediate object.
 * Compiled once per schema. It does not parse JSON text. How JSON maps to Avro is told in this package's
 * README.
 */
export interface JsonEncoder {
  /** Takes what `JSON.parse` gives. `datum` comes with the wire header of the encoder's schema id. */
  encode(value: unknown): JsonEncoding;
}

export type JsonEncoding =
  | { readonly ok: true; readonly datum: Buffer }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

export interface JsonEncoderOptions {
  readonly schemaId: number;
  /** Problems reported per record at most. Default 20. */
  readonly problemsMax?: number;
}

/** Compiles the record's writers; throws nothing for a record that `@millrace/contracts` has parsed. */
export const compileJsonEncoder = (
  record: AvroRecord,
  options: JsonEncoderOptions,
): JsonEncoder => {
  const write = compileValueWriter(record);
  const state = createEncodeState(options.problemsMax ?? 20);
  return {
    encode: (value) => {
      resetEncodeState(state, FRAME_HEADER_BYTES);
      write(state, value);
      if (state.problems.length > 0) return { ok: false, problems: state.problems };
      // A copy of the exact size: small ones share Node's 8 KiB pool, so that a record that is kept
      // long holds at most that much.
      const datum = Buffer.allocUnsafe(state.position);
      state.buffer.copy(datum, 0, 0, state.position);
      writeFrameHeader(datum, options.schemaId);
      return { ok: true, datum };
    },
  };
};
