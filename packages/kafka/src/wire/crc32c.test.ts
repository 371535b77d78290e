import { expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';

// Vectors of RFC 3720, appendix B.4.
it.each([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 rising bytes', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
])('CRC-32C of %s is that of the RFC', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

it('covers the given range alone', () => {
  expect(crc32c(Buffer.from('xx123456789xx'), 2, 11)).toBe(0xe3069283);
});
