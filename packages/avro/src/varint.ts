/**
 * Avro's ints and longs: zig-zag, then seven bits a byte, low bits first. Exact over 64 bits: doubles
 * are used only while twice the value is still exact. No growth and no bounds: the caller makes room
 * (`VARINT_BYTES_MAX`). Source: Avro specification 1.12, "Binary encoding".
 */
export const VARINT_BYTES_MAX = 10;
export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

/** Below this magnitude the zig-zag form of a number is exact in a double. */
const DOUBLE_ZIGZAG_LIMIT = 2 ** 52;
const INT32_ZIGZAG_LIMIT = 2 ** 30;
const TWO_TO_28 = 2 ** 28;

/** Writes a safe integer; returns the position after it. */
export const writeVarint = (buffer: Buffer, at: number, value: number): number => {
  let position = at;
  if (value < INT32_ZIGZAG_LIMIT && value >= -INT32_ZIGZAG_LIMIT) {
    let bits = (value << 1) ^ (value >> 31);
    while (bits > 0x7f) {
      buffer[position++] = (bits & 0x7f) | 0x80;
      bits >>>= 7;
    }
    buffer[position++] = bits;
    return position;
  }
  if (value >= DOUBLE_ZIGZAG_LIMIT || value <= -DOUBLE_ZIGZAG_LIMIT) {
    return writeVarintBigInt(buffer, position, BigInt(value));
  }
  const bits = value < 0 ? -2 * value - 1 : 2 * value;
  // Two halves of integers that fit 32 bits: each step in doubles would cost a division.
  let high = Math.floor(bits / TWO_TO_28);
  const low = bits - high * TWO_TO_28;
  buffer[position++] = (low & 0x7f) | 0x80;
  buffer[position++] = ((low >>> 7) & 0x7f) | 0x80;
  buffer[position++] = ((low >>> 14) & 0x7f) | 0x80;
  buffer[position++] = (low >>> 21) | 0x80;
  while (high > 0x7f) {
    buffer[position++] = (high & 0x7f) | 0x80;
    high >>>= 7;
  }
  buffer[position++] = high;
  return position;
};

/** Writes any 64-bit integer; returns the position after it. */
export const writeVarintBigInt = (buffer: Buffer, at: number, value: bigint): number => {
  let position = at;
  let bits = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (bits > 0x7fn) {
    buffer[position++] = Number(bits & 0x7fn) | 0x80;
    bits >>= 7n;
  }
  buffer[position++] = Number(bits);
  return position;
};

/** How many bytes `writeVarint` takes for a safe integer. */
export const varintBytes = (value: number): number => {
  if (value >= DOUBLE_ZIGZAG_LIMIT || value <= -DOUBLE_ZIGZAG_LIMIT) return 8;
  const bits = value < 0 ? -2 * value - 1 : 2 * value;
  if (bits < 0x80) return 1;
  if (bits < 0x4000) return 2;
  if (bits < 0x20_0000) return 3;
  if (bits < 0x1000_0000) return 4;
  let bytes = 5;
  for (let rest = Math.floor(bits / TWO_TO_28); rest > 0x7f; rest >>>= 7) bytes++;
  return bytes;
};

/** A zig-zag varint of known end; beyond 2^53 it is not exact, which no length or count ever is. */
export const readLong = (bytes: Buffer, at: number, end: number): number => {
  let value = 0;
  for (let position = end - 1; position >= at; position -= 1) {
    value = value * 128 + (bytes[position]! & 0x7f);
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
};
