/** Integers in network byte order, as PostgreSQL's send functions write them, read without a BigInt where that is exact. */

/** Within these high halves a 64-bit integer is a safe one. */
const SAFE_HIGH = 2 ** 20;
const HIGH_UNIT = 2 ** 32;

export const readInt16 = (source: Buffer, at: number): number =>
  (((source[at] as number) << 24) >> 16) | (source[at + 1] as number);

export const readUint16 = (source: Buffer, at: number): number =>
  ((source[at] as number) << 8) | (source[at + 1] as number);

export const readInt32 = (source: Buffer, at: number): number =>
  ((source[at] as number) << 24) |
  ((source[at + 1] as number) << 16) |
  ((source[at + 2] as number) << 8) |
  (source[at + 3] as number);

/** The 64-bit integer at `at`, or `undefined` when it may not be a safe one. */
export const readSafeInt64 = (source: Buffer, at: number): number | undefined => {
  const high = readInt32(source, at);
  return high < SAFE_HIGH && high >= -SAFE_HIGH
    ? high * HIGH_UNIT + (readInt32(source, at + 4) >>> 0)
    : undefined;
};

/** +1 and -1 for the greatest and the least 64-bit integer, PostgreSQL's infinities of time; else 0. */
export const extremeOfInt64 = (source: Buffer, at: number): -1 | 0 | 1 => {
  const high = readInt32(source, at);
  const low = readInt32(source, at + 4);
  if (high === 0x7f_ff_ff_ff && low === -1) return 1;
  return high === -0x80_00_00_00 && low === 0 ? -1 : 0;
};
