import { crc32 } from 'node:zlib';

/**
 * CRC-32 (IEEE 802.3), as zlib computes it. Most of what stands in a store is shorter than the call of a
 * native function is worth, so short runs go through the table of the textbook.
 */
export const checksum = (bytes: Buffer, start: number, end: number, seed = 0): number => {
  if (end - start > NATIVE_FROM) return crc32(bytes.subarray(start, end), seed);
  let crc = ~seed;
  for (let at = start; at < end; at += 1) crc = table[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
};

const NATIVE_FROM = 96;

const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
