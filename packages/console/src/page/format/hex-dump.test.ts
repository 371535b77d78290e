import { expect, test } from 'vitest';
import { hexDump } from './hex-dump.ts';

const base64 = (bytes: Buffer): string => bytes.toString('base64');

test('bytes stand sixteen a line, with what is text beside them', () => {
  const dump = hexDump(base64(Buffer.from('\x00\x00Millrace, and on')));
  expect(dump.split('\n')).toEqual([
    '000000  00 00 4d 69 6c 6c 72 61 63 65 2c 20 61 6e 64 20  ··Millrace, and ',
    '000010  6f 6e                                            on',
  ]);
});

test('nothing is told as nothing, and too much is cut and said', () => {
  expect(hexDump('')).toBe('empty');
  expect(hexDump(base64(Buffer.alloc(16_400)))).toContain('… 16 bytes more');
});
