import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksum } from './checksum.ts';
import {
  readText,
  readTime,
  TIME_BYTES,
  textBytesMax,
  writeText,
  writeTime,
} from './storage-key.ts';

const timeBytes = (timeMs: number): Buffer => {
  const bytes = Buffer.alloc(TIME_BYTES);
  writeTime(bytes, 0, timeMs);
  return bytes;
};

const time = fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 });

test('times come back, and their bytes sort as they do', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      expect(readTime(timeBytes(a), 0)).toBe(a);
      expect(Math.sign(Buffer.compare(timeBytes(a), timeBytes(b)))).toBe(Math.sign(a - b));
    }),
  );
});

test('text comes back from its bytes, which are UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const bytes = Buffer.alloc(textBytesMax(text) + 3);
      const end = writeText(bytes, 3, text);
      expect(bytes.subarray(3, end)).toEqual(Buffer.from(text));
      expect(readText(bytes, 3, end)).toBe(text);
    }),
  );
});

test('the checksum is CRC-32, in pieces and for any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (array, cut) => {
      const bytes = Buffer.from(array);
      const at = Math.min(cut, bytes.length);
      const inPieces = checksum(bytes, at, bytes.length, checksum(bytes, 0, at));
      expect(inPieces).toBe(crc32(bytes));
    }),
  );
});
