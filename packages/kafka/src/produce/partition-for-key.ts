/**
 * Which partition a record goes to. Decided once by the caller, before a record is sent, and never again:
 * a client that decides anew on a retry loses records (T1).
 */
const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** MurmurHash2 with the Java client's seed, as a signed 32-bit number. */
const murmur2 = (bytes: Uint8Array, length: number): number => {
  let hash = SEED ^ length;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> 24;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  const left = length - at;
  if (left === 3) hash ^= bytes[at + 2]! << 16;
  if (left >= 2) hash ^= bytes[at + 1]! << 8;
  if (left >= 1) hash = Math.imul(hash ^ bytes[at]!, MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
};

/** The partition that the Java client's default partitioner picks for this key, of which the first `bytes` are meant. */
export const partitionForKey = (
  key: Uint8Array,
  partitions: number,
  bytes: number = key.length,
): number => (murmur2(key, bytes) & 0x7fff_ffff) % partitions;

/** For records without a key: one partition per batch, the next one for the next batch. */
export interface StickyPartitioner {
  /** The partition of the batch being filled. */
  current(): number;
  /** The batch is closed: move on. */
  advance(): void;
}

/** Starts anywhere, so that many producers do not march in step. */
export const stickyPartitioner = (
  partitions: number,
  first = Math.floor(Math.random() * partitions),
): StickyPartitioner => {
  let current = first % partitions;
  return {
    current: () => current,
    advance() {
      current = (current + 1) % partitions;
    },
  };
};
