/**
 * A growing buffer for the fields of Kafka requests (big endian; classic and flexible encodings). Not for
 * record batches: those are written by `record-batch-encoder.ts` in one allocation.
 * Source: https://kafka.apache.org/protocol#protocol_types
 */
export interface ByteWriter {
  int8(value: number): ByteWriter;
  int16(value: number): ByteWriter;
  int32(value: number): ByteWriter;
  /** A number must be a safe integer. */
  int64(value: number | bigint): ByteWriter;
  boolean(value: boolean): ByteWriter;
  string(value: string | null): ByteWriter;
  bytes(value: Uint8Array | null): ByteWriter;
  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): ByteWriter;
  array<T>(items: readonly T[], write: (item: T) => void): ByteWriter;
  /** Length plus one as unsigned varint, then UTF-8 (flexible versions). */
  compactString(value: string | null): ByteWriter;
  compactArray<T>(items: readonly T[], write: (item: T) => void): ByteWriter;
  /** An absent compact array, string or bytes. */
  compactNull(): ByteWriter;
  /** An empty tagged-field section (flexible versions). */
  noTags(): ByteWriter;
  /** From the text that `ByteReader.uuid` gives. */
  uuid(text: string): ByteWriter;
  finish(): Buffer;
}

export const createByteWriter = (initialBytes = 512): ByteWriter => {
  let buffer = Buffer.allocUnsafe(initialBytes);
  let offset = 0;

  const reserve = (bytes: number): number => {
    const start = offset;
    offset += bytes;
    if (offset > buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, offset));
      buffer.copy(grown, 0, 0, start);
      buffer = grown;
    }
    return start;
  };

  const byte = (value: number) => {
    // before `buffer` is looked at: it may be another one afterwards
    const start = reserve(1);
    buffer[start] = value;
  };

  const unsignedVarint = (value: number) => {
    let rest = value;
    while (rest >= 0x80) {
      byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    byte(rest);
  };

  const raw = (value: Uint8Array) => {
    const start = reserve(value.length);
    buffer.set(value, start);
  };

  const writer: ByteWriter = {
    int8(value) {
      const start = reserve(1);
      buffer.writeInt8(value, start);
      return writer;
    },
    int16(value) {
      const start = reserve(2);
      buffer.writeInt16BE(value, start);
      return writer;
    },
    int32(value) {
      const start = reserve(4);
      buffer.writeInt32BE(value, start);
      return writer;
    },
    int64(value) {
      const start = reserve(8);
      buffer.writeBigInt64BE(BigInt(value), start);
      return writer;
    },
    boolean: (value) => writer.int8(value ? 1 : 0),
    string(value) {
      if (value === null) return writer.int16(-1);
      const text = Buffer.from(value, 'utf8');
      return writer.int16(text.length).raw(text);
    },
    bytes: (value) => (value === null ? writer.int32(-1) : writer.int32(value.length).raw(value)),
    raw(value) {
      raw(value);
      return writer;
    },
    array(items, write) {
      writer.int32(items.length);
      for (const item of items) write(item);
      return writer;
    },
    compactString(value) {
      if (value === null) {
        unsignedVarint(0);
        return writer;
      }
      const text = Buffer.from(value, 'utf8');
      unsignedVarint(text.length + 1);
      raw(text);
      return writer;
    },
    compactArray(items, write) {
      unsignedVarint(items.length + 1);
      for (const item of items) write(item);
      return writer;
    },
    compactNull() {
      unsignedVarint(0);
      return writer;
    },
    noTags() {
      unsignedVarint(0);
      return writer;
    },
    uuid: (text) => writer.raw(Buffer.from(text, 'base64url')),
    finish: () => buffer.subarray(0, offset),
  };
  return writer;
};
