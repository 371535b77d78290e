import {
  INT64_MAX,
  INT64_MIN,
  VARINT_BYTES_MAX,
  writeVarint,
  writeVarintBigInt,
} from '../varint.ts';

/**
 * What made writers (`writer-code.ts`) call. Each takes the position to write at and returns the one behind,
 * or NO_ROOM; room is asked for by what a value may take at most, where that is quicker than to know.
 */
export const NO_ROOM = -1;

/** Up to here a text is written character by character: crossing over into the runtime costs as much. */
const SHORT_CHARACTERS_MAX = 14;
/** Of a UTF-16 code unit in UTF-8. */
const UNIT_BYTES_MAX = 3;

/** An int, or a number that is no larger. */
export const putInt = (buffer: Buffer, at: number, value: number): number => {
  let position = at;
  let bits = ((value << 1) ^ (value >> 31)) >>> 0;
  while (bits > 0x7f) {
    buffer[position++] = (bits & 0x7f) | 0x80;
    bits >>>= 7;
  }
  buffer[position++] = bits;
  return position;
};

export const isLong = (value: unknown): value is number | bigint =>
  typeof value === 'number'
    ? Number.isSafeInteger(value)
    : typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX;

export const putLong = (buffer: Buffer, at: number, value: number | bigint): number =>
  typeof value === 'number' ? writeVarint(buffer, at, value) : writeVarintBigInt(buffer, at, value);

/** Text with its length in front; half a surrogate pair becomes U+FFFD, as elsewhere in Node. */
export const putText = (buffer: Buffer, at: number, text: string): number => {
  const { length } = text;
  if (at + VARINT_BYTES_MAX + length * UNIT_BYTES_MAX > buffer.length) {
    return putScarceText(buffer, at, text);
  }
  if (length <= SHORT_CHARACTERS_MAX && putAscii(buffer, at + 1, text)) {
    buffer[at] = length << 1;
    return at + 1 + length;
  }
  // The length is written where it goes if the text is ASCII, and set right where it was not.
  const start = putInt(buffer, at, length);
  const bytes = buffer.write(text, start, 'utf8');
  if (bytes === length) return start + bytes;
  const end = putInt(buffer, at, bytes);
  if (end !== start) {
    // The length has overwritten the text's beginning, or left a gap.
    buffer.write(text, end, 'utf8');
  }
  return end + bytes;
};

const putAscii = (buffer: Buffer, start: number, text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return false;
    buffer[start + at] = code;
  }
  return true;
};

/** Near the buffer's end a text is measured first. */
const putScarceText = (buffer: Buffer, at: number, text: string): number => {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (at + VARINT_BYTES_MAX + bytes > buffer.length) return NO_ROOM;
  const start = putInt(buffer, at, bytes);
  return start + buffer.write(text, start, bytes, 'utf8');
};

/** Bytes with their length in front. */
export const putBytes = (buffer: Buffer, at: number, bytes: Uint8Array): number => {
  if (at + VARINT_BYTES_MAX + bytes.length > buffer.length) return NO_ROOM;
  return putRaw(buffer, putInt(buffer, at, bytes.length), bytes);
};

export const putRaw = (buffer: Buffer, at: number, bytes: Uint8Array): number => {
  if (at + bytes.length > buffer.length) return NO_ROOM;
  buffer.set(bytes, at);
  return at + bytes.length;
};
