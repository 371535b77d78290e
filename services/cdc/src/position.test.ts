import { expect, test } from 'vitest';
import { changesToSkip, decodePosition, encodePosition } from './position.ts';

const position = { commitLsn: 0x1_0000_0000n, index: 7, systemId: '7456' };

test('a position is read back as it was written', () => {
  expect(decodePosition(encodePosition(position))).toEqual(position);
});

test('changes at or below the position are left out, within its transaction by index', () => {
  expect(changesToSkip(position, 0xffff_ffffn)).toBe(Number.POSITIVE_INFINITY);
  expect(changesToSkip(position, 0x1_0000_0000n)).toBe(7);
  expect(changesToSkip(position, 0x1_0000_0001n)).toBe(0);
});

test('what is not a position is refused, never guessed', () => {
  for (const text of [
    '',
    '{}',
    '{"version":2}',
    '{"version":1,"commitLsn":"x","index":1,"systemId":"1"}',
  ]) {
    expect(() => decodePosition(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'cdc.position-invalid' }),
    );
  }
});
