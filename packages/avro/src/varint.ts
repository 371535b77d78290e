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
  let bits = value < 0 ? -2 * value - 1 : 2 * value;
  while (bits > 0x7f) {
    buffer[position++] = (bits % 0x80) | 0x80;
    bits = Math.floor(bits / 0x80);
  }
  buffer[position++] = bits;
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
  let bits = value < 0 ? -2 * value - 1 : 2 * value;
  let bytes = 1;
  while (bits > 0x7f) {
    bits = Math.floor(bits / 0x80);
    bytes++;
  }
  return bytes;
};
