/**
 * Where Avro bytes are written: a slab and a position in it. No bounds are checked per value: whoever
 * writes a record makes room for its worst case first (`envelope/table-writer.ts`).
 */
import { writeVarint, writeVarintBigInt } from '@millrace/avro';

/** What a row shows of its table that the shape it is written with does not know. */
export type Finding =
  | { readonly kind: 'label'; readonly enumOid: number; readonly label: string }
  | { readonly kind: 'null'; readonly column: string };

export interface AvroOutput {
  bytes: Buffer;
  position: number;
  /** Names of the columns of the current record whose value Avro cannot say, and what it was. */
  specialValues: string[];
  /** Of the current record: it is not right under its schema. */
  findings: Finding[];
}

export const createAvroOutput = (slab: Buffer): AvroOutput => ({
  bytes: slab,
  position: 0,
  specialValues: [],
  findings: [],
});

/** Above this length a native copy is faster than a loop. */
const LOOP_COPY_BYTES_MAX = 32;

export const writeByte = (out: AvroOutput, byte: number): void => {
  out.bytes[out.position++] = byte;
};

/** What a key or value begins with on Kafka: zero and the id of its schema (Confluent wire format). */
export const writeFrame = (out: AvroOutput, schemaId: number): void => {
  out.bytes[out.position] = 0;
  out.position = out.bytes.writeInt32BE(schemaId, out.position + 1);
};

/** An Avro int or long from a safe integer. */
export const writeLong = (out: AvroOutput, value: number): void => {
  out.position = writeVarint(out.bytes, out.position, value);
};

export const writeBigLong = (out: AvroOutput, value: bigint): void => {
  out.position = writeVarintBigInt(out.bytes, out.position, value);
};

/** Bytes as they are, without a length. */
export const copyBytes = (out: AvroOutput, source: Buffer, start: number, length: number): void => {
  const { bytes } = out;
  let at = out.position;
  if (length > LOOP_COPY_BYTES_MAX) {
    source.copy(bytes, at, start, start + length);
    at += length;
  } else {
    for (let i = start; i < start + length; i++) bytes[at++] = source[i] as number;
  }
  out.position = at;
};

/** An Avro string or bytes value taken from `source`. */
export const writeSlice = (
  out: AvroOutput,
  source: Buffer,
  start: number,
  length: number,
): void => {
  writeLong(out, length);
  copyBytes(out, source, start, length);
};

export const writeText = (out: AvroOutput, text: string): void => {
  const length = Buffer.byteLength(text);
  writeLong(out, length);
  out.bytes.write(text, out.position);
  out.position += length;
};
