import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyParts, keyText } from './key-text.ts';

test('a key is taken apart into the values that it was made of', () => {
  const part = fc.string({ unit: fc.constantFrom('a', '|', '\\', 'ü', '1') });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (values) => {
      expect(keyParts(keyText(values), values.length)).toEqual(values);
    }),
  );
});

test('a key of another number of values is none', () => {
  expect(keyParts('a|b', 3)).toBeUndefined();
  expect(keyParts('a\\|b', 2)).toBeUndefined();
});

test('a number beyond 2^53 is text within a value, too', () => {
  expect(keyText([{ a: [2n ** 60n] }, 1n])).toBe('{"a":["1152921504606846976"]}|1');
});
