/**
 * How many different texts there are, from 16 KiB, to 0.8 %: HyperLogLog with a hash of 64 bits (Heule et al.,
 * "HyperLogLog in Practice", 2013) and the estimator of Ertl, "New cardinality estimation algorithms for HyperLogLog sketches"
 * (2017), which needs no tables to be right for small and large numbers alike. Registers are the same
 * whatever the order of texts, and so is what two sketches are merged to.
 */
const INDEX_BITS = 14;
const REGISTERS = 2 ** INDEX_BITS;
/** The bits of the hash that are looked at for their first 1. */
const RANK_BITS = 64 - INDEX_BITS;

export const emptyRegisters = (): Uint8Array => new Uint8Array(REGISTERS);

/** Adds a text in place. */
export const addToRegisters = (registers: Uint8Array, text: string): void => {
  const bytes = Buffer.from(text);
  const high = murmur3(bytes, 0x9747b28c);
  const low = murmur3(bytes, 0x5bd1e995);
  const index = high >>> (32 - INDEX_BITS);
  const rest = (high << INDEX_BITS) >>> 0;
  const rank = rest === 0 ? 32 - INDEX_BITS + Math.clz32(low) + 1 : Math.clz32(rest) + 1;
  if (rank > registers[index]!) registers[index] = rank;
};

/** Adds the texts of another sketch in place. */
export const mergeRegisters = (into: Uint8Array, from: Uint8Array): void => {
  for (let at = 0; at < REGISTERS; at += 1) {
    if (from[at]! > into[at]!) into[at] = from[at]!;
  }
};

/** The estimate, a whole number. */
export const estimateOf = (registers: Uint8Array): number => {
  const counts = new Array<number>(RANK_BITS + 2).fill(0);
  for (const rank of registers) counts[rank]! += 1;
  let z = REGISTERS * tau(1 - counts[RANK_BITS + 1]! / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank -= 1) z = 0.5 * (z + counts[rank]!);
  z += REGISTERS * sigma(counts[0]! / REGISTERS);
  return Math.round(REGISTERS ** 2 / (2 * Math.LN2 * z));
};

const sigma = (ratio: number): number => {
  if (ratio === 1) return Number.POSITIVE_INFINITY;
  let [x, y, z, before] = [ratio, 1, ratio, Number.NaN];
  while (z !== before) {
    before = z;
    x *= x;
    z += x * y;
    y += y;
  }
  return z;
};

const tau = (ratio: number): number => {
  if (ratio === 0 || ratio === 1) return 0;
  let [x, y, z, before] = [ratio, 1, 1 - ratio, Number.NaN];
  while (z !== before) {
    before = z;
    x = Math.sqrt(x);
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
};

/** MurmurHash3, 32 bits (Appleby, public domain). */
const murmur3 = (bytes: Buffer, seed: number): number => {
  const mixed = (word: number): number => {
    const turned = Math.imul(word, 0xcc9e2d51);
    return Math.imul((turned << 15) | (turned >>> 17), 0x1b873593);
  };
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed;
  for (let at = 0; at < whole; at += 4) {
    hash ^= mixed(bytes.readInt32LE(at));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole; at -= 1) tail = (tail << 8) | bytes[at]!;
  if (whole < bytes.length) hash ^= mixed(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};
