import { MillraceError } from '@millrace/contracts';

/**
 * Reads the fields of Kafka responses (big endian; classic and flexible encodings). Not for record
 * batches: those are read by `record-batch-decoder.ts`.
 * Source: https://kafka.apache.org/protocol#protocol_types
 */
export interface ByteReader {
  int8(): number;
  int16(): number;
  int32(): number;
  /** As a number; throws `kafka.protocol-error` beyond 2^53. */
  int64(): number;
  /** Exact: for producer ids and other values that are compared, not counted. */
  bigint64(): bigint;
  boolean(): boolean;
  string(): string | null;
  bytes(): Buffer | null;
  array<T>(read: () => T): T[];
  compactString(): string | null;
  compactBytes(): Buffer | null;
  compactArray<T>(read: () => T): T[];
  /** Items of a compact array, or bytes of a compact string, that follow; 0 for null too. */
  compactLength(): number;
  skip(bytes: number): void;
  skipTags(): void;
  /** 16 bytes in the text that Kafka's tools print: base64url without padding. */
  uuid(): string;
}

/** An int64 as a number; offsets and timestamps stay far below 2^53, and this proves it at each read. */
export const readSafeInt64 = (buffer: Buffer, offset: number): number => {
  const value = buffer.readInt32BE(offset) * 0x1_0000_0000 + buffer.readUInt32BE(offset + 4);
  if (!Number.isSafeInteger(value)) {
    throw new MillraceError('kafka.protocol-error', `an int64 of ${value} is beyond 2^53`);
  }
  return value;
};

export const createByteReader = (buffer: Buffer): ByteReader => {
  let offset = 0;
  const advance = (bytes: number): number => {
    const start = offset;
    offset += bytes;
    return start;
  };
  const unsignedVarint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buffer.readUInt8(advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const items = <T>(count: number, read: () => T): T[] => {
    const list: T[] = [];
    for (let index = 0; index < count; index += 1) list.push(read());
    return list;
  };
  const text = (length: number): string => {
    const start = advance(length);
    return buffer.toString('utf8', start, start + length);
  };

  const reader: ByteReader = {
    int8: () => buffer.readInt8(advance(1)),
    int16: () => buffer.readInt16BE(advance(2)),
    int32: () => buffer.readInt32BE(advance(4)),
    int64: () => readSafeInt64(buffer, advance(8)),
    bigint64: () => buffer.readBigInt64BE(advance(8)),
    boolean: () => reader.int8() !== 0,
    string() {
      const length = reader.int16();
      return length < 0 ? null : text(length);
    },
    bytes() {
      const length = reader.int32();
      if (length < 0) return null;
      const start = advance(length);
      return buffer.subarray(start, start + length);
    },
    array: (read) => items(reader.int32(), read),
    compactString() {
      const length = unsignedVarint() - 1;
      return length < 0 ? null : text(length);
    },
    compactBytes() {
      const length = unsignedVarint() - 1;
      if (length < 0) return null;
      const start = advance(length);
      return buffer.subarray(start, start + length);
    },
    compactArray: (read) => items(unsignedVarint() - 1, read),
    compactLength: () => Math.max(0, unsignedVarint() - 1),
    skip: (bytes) => void advance(bytes),
    skipTags() {
      for (let left = unsignedVarint(); left > 0; left -= 1) {
        unsignedVarint();
        advance(unsignedVarint());
      }
    },
    uuid() {
      const start = advance(16);
      return buffer.toString('base64url', start, start + 16);
    },
  };
  return reader;
};
