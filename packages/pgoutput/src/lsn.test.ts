import { MillraceError } from '@millrace/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLsn, parseLsn } from './lsn.ts';

test('an LSN is two hexadecimal halves', () => {
  expect(formatLsn(0n)).toBe('0/0');
  expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
  expect(parseLsn('16/B374D848')).toBe(0x16_b374_d848n);
  expect(parseLsn('FFFFFFFF/FFFFFFFF')).toBe(2n ** 64n - 1n);
});

test('text and number are each other’s inverse', () => {
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (lsn) => parseLsn(formatLsn(lsn)) === lsn));
});

test('what is not an LSN is refused', () => {
  for (const text of ['', '1', '1/', '/1', '1/2/3', 'x/1', '123456789/0']) {
    expect(() => parseLsn(text)).toThrow(MillraceError);
  }
});
