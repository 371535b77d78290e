import { MillraceError } from '@millrace/contracts';

/**
 * What made readers (`reader-code.ts`) call for values that are longer than their inlined case: varints of
 * several bytes, lengths, texts. A function takes the cursor behind a varint's first byte and moves it behind
 * the value. Every loop ends; a byte beyond the datum may be looked at, and the reader finds that at its end.
 */
export interface DatumCursor {
  /** Position of the next byte. */
  at: number;
}

const TOO_LONG = 'a long of more than 64 bits';
const INVALID_LENGTH = 'a length that does not fit';
const TWO_TO_27 = 2 ** 27;
/** Half of the largest zig-zag form whose value is a safe integer. */
const SAFE_HALF_MAX = Number.MAX_SAFE_INTEGER - 1;

export const invalidDatum = (what: string): MillraceError =>
  new MillraceError('avro.datum-invalid', `the bytes are not a datum of their schema: ${what}`);

/** An int takes five bytes at most, and the fifth holds its last four bits. */
export const readInt = (cursor: DatumCursor, bytes: Buffer, first: number): number => {
  let { at } = cursor;
  let bits = first & 0x7f;
  for (let shift = 7; shift <= 28; shift += 7) {
    const byte = bytes[at++]!;
    bits |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (shift === 28 && byte > 0x0f) break;
      cursor.at = at;
      return (bits >>> 1) ^ -(bits & 1);
    }
  }
  throw invalidDatum('an int of more than 32 bits');
};

/** A long as a number, exact; `undefined` for one that is no safe integer, and the cursor stays. */
const readSafeLong = (cursor: DatumCursor, bytes: Buffer, first: number): number | undefined => {
  let { at } = cursor;
  let byte = bytes[at++]!;
  let low = (first & 0x7f) | ((byte & 0x7f) << 7);
  if (byte > 0x7f) {
    byte = bytes[at++]!;
    low |= (byte & 0x7f) << 14;
    if (byte > 0x7f) {
      byte = bytes[at++]!;
      low |= (byte & 0x7f) << 21;
    }
  }
  if (byte < 0x80) {
    cursor.at = at;
    return (low >>> 1) ^ -(low & 1);
  }
  // The upper 28 bits apart, so that all but the last step is done in 32-bit integers.
  byte = bytes[at++]!;
  let high = byte & 0x7f;
  for (let shift = 7; byte > 0x7f && shift < 28; shift += 7) {
    byte = bytes[at++]!;
    high |= (byte & 0x7f) << shift;
  }
  const half = high * TWO_TO_27 + (low >>> 1);
  if (byte > 0x7f || half > SAFE_HALF_MAX) return undefined;
  cursor.at = at;
  return (low & 1) === 0 ? half : -half - 1;
};

/** Any long. It takes ten bytes at most, and the tenth holds its last bit. */
export const readBigLong = (cursor: DatumCursor, bytes: Buffer, first: number): bigint => {
  let { at } = cursor;
  let bits = BigInt(first & 0x7f);
  let byte = first;
  for (let shift = 7n; byte > 0x7f; shift += 7n) {
    byte = bytes[at++] ?? 0x80;
    if (shift === 63n && byte > 0x01) throw invalidDatum(TOO_LONG);
    bits |= BigInt(byte & 0x7f) << shift;
  }
  cursor.at = at;
  return (bits >> 1n) ^ -(bits & 1n);
};

/** A long: a number while it is a safe integer, a bigint beyond. */
export const readLong = (cursor: DatumCursor, bytes: Buffer, first: number): number | bigint => {
  const near = readSafeLong(cursor, bytes, first);
  if (near !== undefined) return near;
  const value = readBigLong(cursor, bytes, first);
  const rounded = Number(value);
  return Number.isSafeInteger(rounded) ? rounded : value;
};

/** A long that has to be a safe integer. Throws `avro.long-unsafe`. */
export const readNumberLong = (cursor: DatumCursor, bytes: Buffer, first: number): number => {
  const value = readSafeLong(cursor, bytes, first) ?? readLong(cursor, bytes, first);
  if (typeof value === 'number') return value;
  throw new MillraceError('avro.long-unsafe', 'a long is beyond 2^53 and no exact number');
};

/** The position behind a long whose first byte, before `at`, was not its last. */
export const skipLong = (bytes: Buffer, at: number): number => {
  for (let position = at; position < at + 9; position += 1) {
    const byte = bytes[position]!;
    if (byte < 0x80) {
      if (position === at + 8 && byte > 0x01) break;
      return position + 1;
    }
  }
  throw invalidDatum(TOO_LONG);
};

/** How many bytes or items follow: a long of at most `limit` to either side of zero. */
export const readCount = (
  cursor: DatumCursor,
  bytes: Buffer,
  first: number,
  limit: number,
): number => {
  const count = first < 0x80 ? (first >>> 1) ^ -(first & 1) : readSafeLong(cursor, bytes, first);
  if (count === undefined || Math.abs(count) > limit) throw invalidDatum(INVALID_LENGTH);
  return count;
};

/** The length of a text or of bytes that end at or before `end`. */
export const readLength = (
  cursor: DatumCursor,
  bytes: Buffer,
  first: number,
  end: number,
): number => {
  const length = readCount(cursor, bytes, first, bytes.length);
  if (length < 0 || length > end - cursor.at) throw invalidDatum(INVALID_LENGTH);
  return length;
};

/** A copy, since the fetched bytes around it would live as long as the value. */
export const copyBytes = (bytes: Buffer, at: number, length: number): Buffer => {
  const copy = Buffer.allocUnsafe(length);
  bytes.copy(copy, 0, at, at + length);
  return copy;
};

/** Assigns the one key that would be taken for the object's prototype, and any other. */
export const setEntry = (map: Record<string, unknown>, key: string, value: unknown): void => {
  if (key === '__proto__') {
    Object.defineProperty(map, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  } else {
    map[key] = value;
  }
};
