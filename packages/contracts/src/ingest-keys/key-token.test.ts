import { expect, test } from 'vitest';
import { hashKeyToken, keyIdOf, mintKeyToken, newKeyId } from './key-token.ts';

test('a token carries its id and 256 bits that are never the same', () => {
  const id = newKeyId();
  expect(id).toMatch(/^[a-z2-9]{10}$/);
  const tokens = Array.from({ length: 200 }, () => mintKeyToken(id));
  expect(new Set(tokens).size).toBe(200);
  for (const token of tokens) {
    expect(keyIdOf(token)).toBe(id);
    expect(Buffer.from(token.slice(id.length + 5), 'base64url')).toHaveLength(32);
  }
});

test.each([
  '',
  'mrk_abcd_',
  'mrk_abcd_short',
  `mrk_ABCD_${'x'.repeat(43)}`,
  `mrk_abcd_${'x'.repeat(44)}`,
  ` mrk_abcd_${'x'.repeat(43)}`,
  `mrk_abcd_${'x'.repeat(43)}\n`,
])('%j is no token', (text) => {
  expect(keyIdOf(text)).toBeUndefined();
});

test('the hash covers the id, too', () => {
  const secret = 'x'.repeat(43);
  expect(hashKeyToken(`mrk_abcd_${secret}`)).not.toEqual(hashKeyToken(`mrk_abce_${secret}`));
  expect(hashKeyToken('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});
