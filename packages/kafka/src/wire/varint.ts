/**
 * Zig-zag varints in place, as records carry them. Values inside int32 take the shift path; larger ones
 * (timestamp deltas) use arithmetic, exact up to 2^52.
 * Source: https://kafka.apache.org/documentation/#recordbatch ("Varint" and "Varlong" as in Protocol Buffers)
 */
const fitsInt32 = (value: number): boolean => value === (value | 0);

const zigZagWide = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

/** Bytes that `value` takes as a zig-zag varint. */
export const varintBytes = (value: number): number => {
  if (fitsInt32(value)) {
    const unsigned = ((value << 1) ^ (value >> 31)) >>> 0;
    if (unsigned < 0x80) return 1;
    if (unsigned < 0x4000) return 2;
    if (unsigned < 0x20_0000) return 3;
    return unsigned < 0x1000_0000 ? 4 : 5;
  }
  let rest = zigZagWide(value);
  let bytes = 1;
  while (rest >= 0x80) {
    rest = Math.floor(rest / 0x80);
    bytes += 1;
  }
  return bytes;
};

/** Writes `value` at `offset`; returns the offset after it. */
export const writeVarint = (target: Uint8Array, offset: number, value: number): number => {
  let at = offset;
  if (fitsInt32(value)) {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest >= 0x80) {
      target[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    target[at++] = rest;
    return at;
  }
  let rest = zigZagWide(value);
  while (rest >= 0x80) {
    target[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
};
